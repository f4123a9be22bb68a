import { decodeResized } from "./decode_image.ts";
import { decodeLabels } from "./decode_labels.ts";
import { formatSize, type ImageNote } from "./image_note.ts";
import type { LabelSpace } from "./label_space.ts";
import { resizeNearest } from "./nearest.ts";
import type { ImageSize } from "./packed_frames.ts";
import type { Resampling } from "./resize_image.ts";
import { trainIdsOf } from "./train_ids.ts";

/** A frame, and what is made of it. */
export interface FrameToPack {
  /** The paths of its files. */
  image: string;
  labels: string | undefined;
  space: LabelSpace;
  size: ImageSize;
  resampling: Resampling | undefined;
  /** What was done to the images before. */
  note: ImageNote | undefined;
}

/** A frame of a prepared set. */
export interface PackedFrame {
  /** `[height, width, 3]`, each value 0..255. */
  image: Uint8Array;
  /** Train ids `[height, width]`. */
  labels: Uint8Array;
}

/**
 * Decodes a frame and brings it and its labels to one size.
 *
 * @throws {Error} naming the file that is absent, broken, or has an unknown label id; or if its image and
 *   its labels are of different sizes.
 */
export async function packFrame(
  { image, labels: path, space, size, resampling, note }: FrameToPack,
): Promise<PackedFrame> {
  if (path === undefined) throw new Error(`Cannot prepare ${image}: it has no labels`);
  const [picture, labels] = await Promise.all([
    decodeResized(image, size, resampling),
    decodeLabels(path),
  ]);
  const { ids, width, height } = labels;
  const isNoted = note && formatSize(picture.original) === formatSize(note.size);
  const original = isNoted ? note.original : picture.original;
  if (original.width !== width || original.height !== height) {
    throw new Error(
      `Cannot prepare ${image}: it is ${formatSize(original)}, ` +
        `its labels ${path} are ${formatSize({ width, height })}`,
    );
  }
  const resized = resizeNearest({ values: ids as Uint8Array, width, height, channels: 1 }, size);
  return { image: picture.pixels, labels: trainIdsOf({ ids: resized, ...size }, space, path) };
}
