import type { LabelSpace } from "./label_space.ts";

/**
 * Paints labels in the colours of their classes, and void black.
 *
 * @param trainIds `[H, W]`; what is no class of `space` is void.
 * @param space The classes.
 * @returns RGB, `[H, W, 3]`, each value 0..255.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { CITYSCAPES } from "./label_space.ts";
 * import { colorize } from "./colorize.ts";
 *
 * assertEquals([...colorize(Uint8Array.of(13, 255), CITYSCAPES)], [0, 0, 142, 0, 0, 0]);
 * ```
 */
export function colorize(trainIds: Uint8Array, space: Pick<LabelSpace, "classes">): Uint8Array {
  const palette = new Uint8Array(256 * 3);
  space.classes.forEach(({ color }, trainId) => palette.set(color, trainId * 3));
  const pixels = new Uint8Array(trainIds.length * 3);
  let to = 0;
  for (const trainId of trainIds) {
    pixels[to++] = palette[trainId * 3]!;
    pixels[to++] = palette[trainId * 3 + 1]!;
    pixels[to++] = palette[trainId * 3 + 2]!;
  }
  return pixels;
}
