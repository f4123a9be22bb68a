import { join } from "node:path";
import { requireWhole, type WorkOptions } from "../../system/mod.ts";
import { encodePng } from "../encode_png.ts";
import { claimFolder, type Drawing, type FrameCounts } from "./claim_folder.ts";
import { drawScene } from "./draw_scene.ts";

/** What {@linkcode writeSyntheticDataset} may be told. */
export interface WriteSyntheticDatasetOptions extends WorkOptions {
  /** How many frames each split has. @default {{ train: 400, val: 60 }} */
  frames?: FrameCounts;
  /** In pixels. @default {512} */
  width?: number;
  /** In pixels. @default {256} */
  height?: number;
  /** An integer; its low 32 bits settle all frames. @default {1} */
  seed?: number;
}

interface Frame {
  readonly seed: number;
  /** The files without their folder and without the end of their names. */
  readonly stem: string;
}

const CITIES = {
  train: ["ahornfeld", "birkenhall", "eschenbruck", "lindenwerth"],
  val: ["ulmenrode", "weidenburg"],
} as const;

const PENDING = 4; // frames whose files are being written while the next one is drawn

/**
 * Writes a data set of drawn street scenes in Cityscapes' folders:
 * `leftImg8bit/<split>/<city>/<frame>_leftImg8bit.png` (RGB) and
 * `gtFine/<split>/<city>/<frame>_gtFine_labelIds.png` (greyscale, official label ids).
 *
 * Files appear complete or not at all, and frames that are there are left alone, so that a run
 * that was interrupted goes on where it ended. Two splits never share a scene.
 *
 * @param root The folder, made if it is absent.
 * @throws {Error} if the folder holds another data set.
 * @throws {DOMException} named `AbortError` (or the signal's own reason) when it is aborted.
 *
 * @example
 * ```ts
 * import { writeSyntheticDataset } from "./write_dataset.ts";
 *
 * const root = await Deno.makeTempDir();
 * await writeSyntheticDataset(root, { frames: { train: 2, val: 1 }, width: 64, height: 32 });
 * await Deno.remove(root, { recursive: true });
 * ```
 */
export async function writeSyntheticDataset(
  root: string,
  options: WriteSyntheticDatasetOptions = {},
): Promise<void> {
  const { frames: counts = { train: 400, val: 60 }, width = 512, height = 256, seed = 1 } = options;
  const { onProgress, signal } = options;
  for (const split of ["train", "val"] as const) {
    requireWhole("draw a data set", `frames of ${split}`, { least: 0, given: counts[split] });
  }
  signal?.throwIfAborted();
  const drawing: Drawing = { frames: counts, width, height, seed };
  await claimFolder(root, drawing);
  const frames = listFrames(drawing);
  const total = frames.length;
  const pending = new Set<Promise<void>>();
  let done = 0;
  try {
    for (const frame of frames) {
      signal?.throwIfAborted();
      const work = writeFrame(root, frame, drawing).then(() => {
        onProgress?.({ task: "Drawing street scenes", done: ++done, total, unit: "frames" });
      }).finally(() => pending.delete(work));
      pending.add(work);
      if (pending.size >= PENDING) await Promise.race(pending);
    }
    await Promise.all(pending);
  } finally {
    await Promise.allSettled(pending);
  }
}

function listFrames({ frames, seed }: Drawing): Frame[] {
  return (["train", "val"] as const).flatMap((split, half) =>
    Array.from({ length: frames[split] }, (_, index) => {
      const cities = CITIES[split];
      const city = cities[index % cities.length]!;
      const sequence = String(Math.floor(index / cities.length)).padStart(6, "0");
      return {
        // Each split has its own half of the 2 ** 32 scenes.
        seed: Math.imul(seed, 0x9e3779b1) + half * 2 ** 31 + index,
        stem: join(split, city, `${city}_${sequence}_000019`),
      };
    })
  );
}

async function writeFrame(root: string, frame: Frame, drawing: Drawing): Promise<void> {
  const imagePath = join(root, "leftImg8bit", `${frame.stem}_leftImg8bit.png`);
  const labelsPath = join(root, "gtFine", `${frame.stem}_gtFine_labelIds.png`);
  if (await isFile(imagePath) && await isFile(labelsPath)) return;
  const { image, labelIds, width, height } = drawScene(frame.seed, drawing);
  await Promise.all([
    write(imagePath, encodePng(image, { width, height, channels: 3 })),
    write(labelsPath, encodePng(labelIds, { width, height, channels: 1 })),
  ]);
}

async function isFile(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Renamed when it is whole; thousands of files are not each waited for on the disk. */
async function write(path: string, data: Promise<Uint8Array>): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  const temporary = `${path}.part`;
  try {
    await Deno.writeFile(temporary, await data);
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}
