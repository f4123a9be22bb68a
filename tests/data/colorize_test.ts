import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { CITYSCAPES, colorize } from "../../lib/data/mod.ts";

Deno.test("colorize() gives the official colours, and black for void and what is no class", () => {
  // road, car, bicycle, void, beyond the classes: the label table of cityscapesScripts.
  const pixels = colorize(Uint8Array.of(0, 13, 18, 255, 19), CITYSCAPES);
  assertEquals(
    pixels,
    Uint8Array.of(128, 64, 128, 0, 0, 142, 119, 11, 32, 0, 0, 0, 0, 0, 0),
  );
});

Deno.test("colorize() tells the evaluated classes apart", () => {
  fc.assert(fc.property(fc.uint8Array(), (trainIds) => {
    const pixels = colorize(trainIds, CITYSCAPES);
    const colors = CITYSCAPES.classes.map(({ color }) => color.join());
    const back = Array.from(
      trainIds,
      (_, i) => colors.indexOf(pixels.slice(3 * i, 3 * i + 3).join()),
    );
    assertEquals(back, Array.from(trainIds, (id) => id < 19 ? id : -1));
  }));
});
