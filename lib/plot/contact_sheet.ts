import type { Sample } from "../data/mod.ts";
import { imageTable } from "./image_table.ts";

/** How many samples stand beside each other. */
const ACROSS = 3;

/**
 * Draws samples as small pictures, each image beside its labels, to be taken in at a glance: the look
 * of a submission, if the labels are predictions.
 *
 * @param samples At least one; all of the same classes.
 * @returns A PNG.
 * @throws {RangeError} if there is no sample.
 *
 * @example
 * ```ts
 * import { CITYSCAPES, Sample } from "../data/mod.ts";
 * import { contactSheet } from "./contact_sheet.ts";
 *
 * const image = { pixels: new Uint8Array(2 * 3), width: 2, height: 1 };
 * const labels = Uint8Array.of(0, 13);
 * const sample = new Sample({ id: "berlin_000000_000019", image, labels, space: CITYSCAPES });
 * const png = await contactSheet([sample]);
 * ```
 */
export async function contactSheet(samples: readonly Sample[]): Promise<Uint8Array<ArrayBuffer>> {
  const [first] = samples;
  if (!first) throw new RangeError("Cannot draw a contact sheet: expected at least one sample");
  const across = Math.min(ACROSS, samples.length);
  const { pixels, width, height } = first.image;
  const white = { pixels: new Uint8Array(pixels.length).fill(255), width, height };
  const rows = Array.from({ length: Math.ceil(samples.length / across) }, (_, row) => {
    const shown = samples.slice(row * across, (row + 1) * across);
    const images = shown.flatMap((sample) => [sample.image, sample.truth]);
    return {
      caption: shown.flatMap(({ id }) => [id, ""]),
      images: [...images, ...Array.from({ length: 2 * across - images.length }, () => white)],
    };
  });
  const columns = Array.from({ length: across }, () => ["input", "prediction"]).flat();
  return await imageTable({ columns, rows, legend: first.space.classes });
}
