import {
  decodeLabels,
  type Frame,
  type ImageSize,
  type LabelImage,
  type LabelSpace,
  trainIdsOf,
} from "../data/mod.ts";
import type { BenchmarkCounts } from "./benchmark_counts.ts";

/**
 * Adds a frame to the counts.
 *
 * @param frame The frame, which must have labels.
 * @param predict Gives the predicted label ids at the size of the frame's labels.
 * @throws {Error} naming the labels or instance ids that are broken, of different sizes, or have an
 *   unknown label id.
 */
export async function countFrame(
  counts: BenchmarkCounts,
  { id, labels, instances }: Omit<Frame, "image">,
  predict: (size: ImageSize) => Promise<Uint8Array>,
): Promise<void> {
  if (labels === undefined) throw new Error(`Cannot score ${id}: it has no labels`);
  const [truth, objects] = await Promise.all([
    decodeLabels(labels),
    instances === undefined ? undefined : decodeLabels(instances),
  ]);
  if (objects && (objects.width !== truth.width || objects.height !== truth.height)) {
    throw new Error(
      `Cannot use the instance ids ${instances}: they are ${objects.width}x${objects.height}, ` +
        `the labels ${labels} are ${truth.width}x${truth.height}`,
    );
  }
  const labelIds = labelIdsOf(truth, counts.space, labels);
  const predicted = await predict(truth);
  try {
    counts.add(labelIds, predicted, objects?.ids);
  } catch (error) {
    trainIdsOf(truth, counts.space, labels); // Names the pixel, if it is in the truth.
    throw error;
  }
}

/**
 * An image's label ids as bytes, which all known ones are.
 *
 * @param path The image's path, for the error.
 * @throws {Error} if one is not.
 */
export function labelIdsOf(image: LabelImage, space: LabelSpace, path: string): Uint8Array {
  if (image.ids instanceof Uint8Array) return image.ids;
  trainIdsOf(image, space, path);
  return Uint8Array.from(image.ids);
}
