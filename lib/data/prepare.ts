import { join, resolve } from "node:path";
import {
  exists,
  inParallel,
  withFileLock,
  type WorkOptions,
  writeAtomically,
} from "../system/mod.ts";
import type { Dataset, Frame } from "./dataset.ts";
import { decodeImage } from "./decode_image.ts";
import { decodeLabels } from "./decode_labels.ts";
import { resizeNearest } from "./nearest.ts";
import type { ImageSize } from "./packed_frames.ts";
import { PreparedFrames } from "./prepared_frames.ts";
import { type Resampling, resizeImage } from "./resize_image.ts";
import { trainIdsOf } from "./train_ids.ts";

/** Options of {@linkcode prepare}. */
export interface PrepareOptions extends WorkOptions {
  /** The size of the prepared frames in pixels. */
  size: ImageSize;
  /**
   * How images are made smaller: by nearest neighbour, as in the template, or by area averaging.
   *
   * @default {"nearest"}
   */
  images?: Resampling;
  /**
   * The folder that prepared sets are kept in.
   *
   * @default {"data/prepared"}
   */
  folder?: string;
}

/** Says which frames a prepared set was made from, and that it is complete. */
interface Index {
  made: "complete";
  frames: { id: string; image: string; labels?: string }[];
}

const CHANNELS = 3;
const INDEX = "index.json";
/** One byte for each frame, 1 once the frame is in the other two files. */
const READY = "ready.u8";

/**
 * Brings frames and their labels to one size and keeps them in plain arrays on disk: `images.u8`,
 * `labels.u8` (train ids) and `index.json`. What is there is opened without decoding anything again;
 * a preparation that was interrupted goes on where it stopped.
 *
 * @param dataset The dataset.
 * @param split Which of its splits; it must have labels.
 * @throws {Error} naming the file that is absent, broken, or has an unknown label id.
 */
export async function prepare(
  dataset: Dataset,
  split: string,
  options: PrepareOptions,
): Promise<PreparedFrames> {
  const frames = await dataset.frames(split);
  const { size } = options;
  const folder = join(
    options.folder ?? "data/prepared",
    await keyOf(dataset, split, frames, options),
  );
  await Deno.mkdir(folder, { recursive: true });
  const bytes = {
    "images.u8": frames.length * size.width * size.height * CHANNELS,
    "labels.u8": frames.length * size.width * size.height,
  };
  await withFileLock(join(folder, ".lock"), async () => {
    if (await isComplete(folder, bytes)) return;
    // With an index it was complete once and is damaged now: nothing of it can be trusted.
    if (exists(join(folder, INDEX))) await Deno.remove(join(folder, READY)).catch(() => {});
    await packInto(folder, dataset, frames, options);
    const index: Index = { made: "complete", frames };
    await writeAtomically(join(folder, INDEX), JSON.stringify(index));
  });
  const images = await Deno.readFile(join(folder, "images.u8"));
  const labels = await Deno.readFile(join(folder, "labels.u8"));
  return new PreparedFrames({ frames, ...size, images, labels }, { split, space: dataset.space });
}

/** The name of a prepared set; it changes when a source file does. */
async function keyOf(
  { name, root }: Dataset,
  split: string,
  frames: Frame[],
  { size, images = "nearest" }: PrepareOptions,
): Promise<string> {
  const files = await Promise.all(
    frames.flatMap(({ image, labels }) => [image, ...labels ? [labels] : []]).map(async (path) => {
      const { size, mtime } = await Deno.stat(path);
      return [path, size, mtime?.getTime()];
    }),
  );
  const text = new TextEncoder().encode(JSON.stringify([resolve(root), files]));
  const hash = new Uint8Array(await crypto.subtle.digest("SHA-256", text)).toHex().slice(0, 8);
  return `${name}-${split}-${size.width}x${size.height}-${images}-${hash}`;
}

/** Whether a set was prepared to its end and its files are whole. */
async function isComplete(folder: string, bytes: Record<string, number>): Promise<boolean> {
  try {
    const { made } = JSON.parse(await Deno.readTextFile(join(folder, INDEX))) as Index;
    const sizes = await Promise.all(
      Object.keys(bytes).map(async (name) => (await Deno.stat(join(folder, name))).size),
    );
    return made === "complete" && Object.values(bytes).every((size, i) => size === sizes[i]);
  } catch {
    return false;
  }
}

async function packInto(
  folder: string,
  dataset: Dataset,
  frames: Frame[],
  options: PrepareOptions,
): Promise<void> {
  const { size, onProgress, signal } = options;
  const open = (name: string) =>
    Deno.open(join(folder, name), { create: true, read: true, write: true });
  using images = await open("images.u8");
  using labels = await open("labels.u8");
  using ready = await open(READY);
  const isReady = await Deno.readFile(join(folder, READY));
  const pixels = size.width * size.height;
  let done = 0;
  await inParallel(frames.keys().toArray(), async (index) => {
    if (isReady[index] !== 1) {
      const packed = await packFrame(dataset, frames[index]!, options);
      writeAt(images, index * pixels * CHANNELS, packed.image);
      writeAt(labels, index * pixels, packed.labels);
      writeAt(ready, index, Uint8Array.of(1));
    }
    onProgress?.({ task: "Preparing frames", done: ++done, total: frames.length, unit: "frames" });
  }, { signal });
  await Promise.all([images.syncData(), labels.syncData()]);
}

async function packFrame(
  { space }: Dataset,
  frame: Frame,
  { size, images: resampling }: PrepareOptions,
): Promise<{ image: Uint8Array; labels: Uint8Array }> {
  const path = frame.labels;
  if (path === undefined) throw new Error(`Cannot prepare ${frame.image}: it has no labels`);
  const [picture, labels] = await Promise.all([
    decodeImage(frame.image),
    decodeLabels(path),
  ]);
  const { ids, width, height } = labels;
  if (picture.width !== width || picture.height !== height) {
    throw new Error(
      `Cannot prepare ${frame.image}: it is ${picture.width}x${picture.height}, ` +
        `its labels ${path} are ${width}x${height}`,
    );
  }
  const image = resizeImage(picture, size, resampling);
  const resized = resizeNearest({ values: ids as Uint8Array, width, height, channels: 1 }, size);
  return { image, labels: trainIdsOf({ ids: resized, ...size }, space, path) };
}

/** Seeking and writing without a pause between, so that no other frame comes in between. */
function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
