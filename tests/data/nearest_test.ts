import { assertEquals } from "@std/assert";
import { nearestIndices, resizeNearest } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

for (
  const { from, to, picked } of golden<{ from: number; to: number; picked: number[] }[]>("nearest")
) {
  Deno.test(`nearestIndices() from ${from} to ${to} picks Pillow's pixels`, () => {
    assertEquals([...nearestIndices(from, to)], picked);
  });
}

Deno.test("resizeNearest() takes whole pixels with all their channels", () => {
  const values = Uint8Array.from({ length: 4 * 4 * 3 }, (_, i) => i);
  const raster = { values, width: 4, height: 4, channels: 3 };
  const resized = resizeNearest(raster, { width: 2, height: 1 });
  // Row 2 of 4, columns 1 and 3.
  assertEquals([...resized], [27, 28, 29, 33, 34, 35]);
});
