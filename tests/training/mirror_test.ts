import { assertAlmostEquals, assertEquals } from "@std/assert";
import { engine, mirror } from "../../lib/mod.ts";
import { placesAfter, WIDTH } from "./_placed_batch.ts";

Deno.test("mirror() mirrors the frames whose draw is below 0.5, labels and all", async () => {
  const tf = await engine();
  const draws = [0, 0.499, 0.5, 0.999];
  for (const { frame, x, y, from, labelFrom } of placesAfter(tf, mirror(), draws.map((d) => [d]))) {
    assertEquals(labelFrom, { x: draws[frame]! < 0.5 ? WIDTH - 1 - x : x, y });
    assertAlmostEquals(from.x, labelFrom.x, 1e-5);
    assertAlmostEquals(from.y, labelFrom.y, 1e-5);
  }
});
