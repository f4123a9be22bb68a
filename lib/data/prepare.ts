import { join, resolve } from "node:path";
import {
  exists,
  requireOneOf,
  withFileLock,
  type WorkOptions,
  writeAtomically,
} from "../system/mod.ts";
import type { Dataset, Frame } from "./dataset.ts";
import { checkImages } from "./image_note.ts";
import { type ImageSize, requireSize } from "./packed_frames.ts";
import { CHANNELS, packInto, READY } from "./pack_into.ts";
import { PreparedFrames } from "./prepared_frames.ts";
import { type Resampling, RESAMPLINGS } from "./resize_image.ts";

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

const INDEX = "index.json";

/**
 * Brings frames and their labels to one size and keeps them in plain arrays on disk: `images.u8`,
 * `labels.u8` (train ids) and `index.json`. What is there is opened without decoding anything again;
 * a preparation that was interrupted goes on where it stopped.
 *
 * @param dataset The dataset.
 * @param split Which of its splits; it must have labels.
 * @throws {RangeError} for a size or a way to resize that there cannot be.
 * @throws {Error} naming the file that is absent, broken, or has an unknown label id; or if the images
 *   were made smaller while they were unpacked, and another size or way is asked for.
 */
export async function prepare(
  dataset: Dataset,
  split: string,
  options: PrepareOptions,
): Promise<PreparedFrames> {
  const { size } = options;
  requireSize("prepare frames", size);
  requireOneOf("prepare frames", "a way to resize images", {
    allowed: RESAMPLINGS,
    given: options.images ?? "nearest",
  });
  const frames = await dataset.frames(split);
  const note = await checkImages(dataset.root, options);
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
    await packInto(folder, dataset, frames, { ...options, note });
    const index: Index = { made: "complete", frames };
    await writeAtomically(join(folder, INDEX), JSON.stringify(index));
  });
  const images = await Deno.readFile(join(folder, "images.u8"));
  const labels = await Deno.readFile(join(folder, "labels.u8"));
  return new PreparedFrames({ frames, ...size, images, labels }, { split, space: dataset.space });
}

/** The name of a prepared set; it changes when a source file does, or what its labels mean. */
async function keyOf(
  { name, root, space }: Dataset,
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
  const text = new TextEncoder().encode(
    JSON.stringify([resolve(root), files, [...space.trainIds]]),
  );
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
