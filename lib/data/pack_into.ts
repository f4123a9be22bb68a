import { join } from "node:path";
import { inParallel, WorkerPool } from "../system/mod.ts";
import type { Dataset, Frame } from "./dataset.ts";
import type { ImageNote } from "./image_note.ts";
import type { FrameToPack, PackedFrame } from "./pack_frame.ts";
import type { PrepareOptions } from "./prepare.ts";

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
  const { size, images: resampling, note, onProgress, signal } = options;
  const open = (name: string) =>
    Deno.open(join(folder, name), { create: true, read: true, write: true });
  using images = await open("images.u8");
  using labels = await open("labels.u8");
  using ready = await open(READY);
  const isReady = await Deno.readFile(join(folder, READY));
  const pixels = size.width * size.height;
  const missing = frames.keys().filter((index) => isReady[index] !== 1).toArray();
  let done = frames.length - missing.length;
  using packers = new WorkerPool<FrameToPack, PackedFrame>(
    () => new Worker(new URL("./pack_worker.ts", import.meta.url), { type: "module" }),
  );
  await inParallel(missing, async (index) => {
    const { image, labels: path } = frames[index]!;
    const frame = { image, labels: path, space: dataset.space, size, resampling, note };
    const packed = await packers.ask(frame);
    writeAt(images, index * pixels * CHANNELS, packed.image);
    writeAt(labels, index * pixels, packed.labels);
    writeAt(ready, index, Uint8Array.of(1));
    const total = frames.length;
    onProgress?.({ task: "Preparing frames", done: ++done, total, unit: "frames" });
  }, { signal, limit: packers.limit });
  await Promise.all([images.syncData(), labels.syncData()]);
}

/** Seeking and writing without a pause between, so that no other frame comes in between. */
function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
