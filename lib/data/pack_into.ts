import { availableParallelism } from "node:os";
import { join } from "node:path";
import { inParallel } from "../system/mod.ts";
import type { Dataset, Frame } from "./dataset.ts";
import { decodeResized } from "./decode_image.ts";
import { decodeLabels } from "./decode_labels.ts";
import { formatSize, type ImageNote } from "./image_note.ts";
import { resizeNearest } from "./nearest.ts";
import type { PrepareOptions } from "./prepare.ts";
import { trainIdsOf } from "./train_ids.ts";

/** How many values a pixel has. */
export const CHANNELS = 3;
/** One byte for each frame, 1 once the frame is in the other two files. */
export const READY = "ready.u8";

/** {@linkcode PrepareOptions}, and what was done to the images before. */
export type PackOptions = PrepareOptions & { note: ImageNote | undefined };

/**
 * Writes frames into the arrays of a prepared set; those that are there already are not read again.
 *
 * @param folder The set's folder.
 */
export async function packInto(
  folder: string,
  dataset: Dataset,
  frames: Frame[],
  options: PackOptions,
): Promise<void> {
  const { size, onProgress, signal } = options;
  const open = (name: string) =>
    Deno.open(join(folder, name), { create: true, read: true, write: true });
  using images = await open("images.u8");
  using labels = await open("labels.u8");
  using ready = await open(READY);
  const isReady = await Deno.readFile(join(folder, READY));
  const pixels = size.width * size.height;
  // Images are decoded beside the event loop, which has labels to decode itself.
  const limit = availableParallelism() + 1;
  let done = 0;
  await inParallel(frames.keys().toArray(), async (index) => {
    if (isReady[index] !== 1) {
      const packed = await packFrame(dataset, frames[index]!, options);
      writeAt(images, index * pixels * CHANNELS, packed.image);
      writeAt(labels, index * pixels, packed.labels);
      writeAt(ready, index, Uint8Array.of(1));
    }
    onProgress?.({ task: "Preparing frames", done: ++done, total: frames.length, unit: "frames" });
  }, { signal, limit });
  await Promise.all([images.syncData(), labels.syncData()]);
}

async function packFrame(
  { space }: Dataset,
  frame: Frame,
  { size, images: resampling, note }: PackOptions,
): Promise<{ image: Uint8Array; labels: Uint8Array }> {
  const path = frame.labels;
  if (path === undefined) throw new Error(`Cannot prepare ${frame.image}: it has no labels`);
  const [picture, labels] = await Promise.all([
    decodeResized(frame.image, size, resampling),
    decodeLabels(path),
  ]);
  const { ids, width, height } = labels;
  const isNoted = note && formatSize(picture.original) === formatSize(note.size);
  const original = isNoted ? note.original : picture.original;
  if (original.width !== width || original.height !== height) {
    throw new Error(
      `Cannot prepare ${frame.image}: it is ${formatSize(original)}, ` +
        `its labels ${path} are ${formatSize({ width, height })}`,
    );
  }
  const resized = resizeNearest({ values: ids as Uint8Array, width, height, channels: 1 }, size);
  return { image: picture.pixels, labels: trainIdsOf({ ids: resized, ...size }, space, path) };
}

/** Seeking and writing without a pause between, so that no other frame comes in between. */
function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
