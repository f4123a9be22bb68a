import { availableParallelism } from "node:os";
import type { OnProgress } from "../system/mod.ts";
import type { Dataset, Frame } from "./dataset.ts";
import { decodeImage } from "./decode_image.ts";
import { decodeLabels } from "./decode_labels.ts";
import { resizeNearest } from "./nearest.ts";
import { trainIdsOf } from "./train_ids.ts";

/** Frames at one size in plain arrays, ready to be cut into batches. */
export interface PackedFrames {
  /** The frames, N of them. */
  frames: Frame[];
  width: number;
  height: number;
  /** `[N, H, W, 3]`, each value 0..255. */
  images: Uint8Array;
  /** Train ids `[N, H, W]`, {@linkcode VOID} where a pixel is not evaluated. */
  labels: Uint8Array;
}

/** Options of {@linkcode packFrames}. */
export interface PackFramesOptions {
  /** The size of the packed frames in pixels. */
  size: { width: number; height: number };
  onProgress?: OnProgress;
  signal?: AbortSignal;
}

/**
 * Decodes frames with their labels and brings them to one size, both by nearest neighbour.
 *
 * @param dataset The dataset they are of.
 * @param frames The frames; all must have labels.
 * @throws {Error} naming the file that is absent, broken, or has an unknown label id.
 */
export async function packFrames(
  dataset: Dataset,
  frames: Frame[],
  { size, onProgress, signal }: PackFramesOptions,
): Promise<PackedFrames> {
  const pixels = size.width * size.height;
  const images = new Uint8Array(frames.length * pixels * 3);
  const labels = new Uint8Array(frames.length * pixels);
  let next = 0, done = 0;
  const work = async () => {
    while (next < frames.length) {
      signal?.throwIfAborted();
      const index = next++;
      const frame = frames[index]!;
      images.set(await readImage(frame, size), index * pixels * 3);
      labels.set(await readLabels(dataset, frame, size), index * pixels);
      done++;
      onProgress?.({ task: "Reading frames", done, total: frames.length, unit: "frames" });
    }
  };
  await Promise.all(Array.from({ length: availableParallelism() }, work));
  return { frames, ...size, images, labels };
}

async function readImage(frame: Frame, size: PackFramesOptions["size"]): Promise<Uint8Array> {
  const { pixels, width, height } = await decodeImage(frame.image);
  return resizeNearest({ values: pixels, width, height, channels: 3 }, size);
}

async function readLabels(
  { space }: Dataset,
  { labels: path }: Frame,
  size: PackFramesOptions["size"],
): Promise<Uint8Array> {
  if (path === undefined) throw new Error("Cannot pack frames without labels");
  const labels = await decodeLabels(path);
  const { ids, width, height } = labels;
  const resized = resizeNearest({ values: ids as Uint8Array, width, height, channels: 1 }, size);
  return trainIdsOf({ ids: resized, ...size }, space, path);
}
