import { dirname, join, resolve } from "node:path";
import { inParallel, withFileLock, type WorkOptions, writeAtomically } from "../system/mod.ts";
import { resizeArea } from "./area.ts";
import type { Dataset, Frame } from "./dataset.ts";
import { decodeImage } from "./decode_image.ts";
import { decodeLabels } from "./decode_labels.ts";
import { resizeNearest } from "./nearest.ts";
import type { ImageSize, PackedFrames } from "./packed_frames.ts";
import { trainIdsOf } from "./train_ids.ts";

/** How images are made smaller; label ids always go by nearest neighbour. */
export const RESAMPLINGS = ["nearest", "area"] as const;

/** The name of a way to make images smaller. */
export type Resampling = typeof RESAMPLINGS[number];

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
): Promise<PackedFrames> {
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
    const index: Index = { made: "complete", frames };
    const path = join(folder, "index.json");
    if (await isComplete(path, bytes)) return;
    await packInto(folder, dataset, frames, options);
    await writeAtomically(path, JSON.stringify(index));
  });
  const images = await Deno.readFile(join(folder, "images.u8"));
  const labels = await Deno.readFile(join(folder, "labels.u8"));
  return { frames, ...size, images, labels };
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

/** Whether a set was prepared to its end and its files are whole; else it is begun anew. */
async function isComplete(path: string, bytes: Record<string, number>): Promise<boolean> {
  const folder = dirname(path);
  try {
    const { made } = JSON.parse(await Deno.readTextFile(path)) as Index;
    for (const [name, size] of Object.entries(bytes)) {
      if ((await Deno.stat(join(folder, name))).size !== size) throw new Error(`${name} is cut`);
    }
    return made === "complete";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound && !await isThere(path)) return false;
    await Deno.remove(join(folder, "ready.u8")).catch(() => {});
    return false;
  }
}

async function isThere(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
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
  // One byte for each frame, set once the frame is in the other two files.
  using ready = await open("ready.u8");
  const isReady = await Deno.readFile(join(folder, "ready.u8"));
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
  { size, images: resampling = "nearest" }: PrepareOptions,
): Promise<{ image: Uint8Array; labels: Uint8Array }> {
  const path = frame.labels;
  if (path === undefined) throw new Error(`Cannot prepare ${frame.image}: it has no labels`);
  const [{ pixels, ...imageSize }, labels] = await Promise.all([
    decodeImage(frame.image),
    decodeLabels(path),
  ]);
  const resize = resampling === "area" ? resizeArea : resizeNearest<Uint8Array>;
  const image = resize({ values: pixels, ...imageSize, channels: CHANNELS }, size);
  const { ids, width, height } = labels;
  if (imageSize.width !== width || imageSize.height !== height) {
    throw new Error(
      `Cannot prepare ${frame.image}: it is ${imageSize.width}x${imageSize.height}, ` +
        `its labels ${path} are ${width}x${height}`,
    );
  }
  const resized = resizeNearest({ values: ids as Uint8Array, width, height, channels: 1 }, size);
  return { image, labels: trainIdsOf({ ids: resized, ...size }, space, path) };
}

/** Seeking and writing without a pause between, so that no other frame comes in between. */
function writeAt(file: Deno.FsFile, offset: number, bytes: Uint8Array): void {
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
}
