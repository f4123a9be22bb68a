import { dirname, join } from "node:path";
import { encode } from "fast-png";
import sharp from "sharp";
import { CITYSCAPES, type Dataset, type Frame } from "../../lib/mod.ts";

type Size = { width: number; height: number };

/** Writes label ids as a greyscale PNG, and the folders it needs. */
export async function writeLabels(path: string, ids: Uint8Array, size: Size): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const raw = { ...size, channels: 1 as const };
  const image = sharp(ids, { raw }).toColourspace("b-w").png({ compressionLevel: 1 });
  await Deno.writeFile(path, await image.toBuffer());
}

/** Writes instance ids as a greyscale PNG of 16 bits. */
export async function writeInstances(path: string, ids: Uint16Array, size: Size): Promise<void> {
  await Deno.writeFile(path, encode({ ...size, data: ids, depth: 16, channels: 1 }));
}

/** The size of the frames of {@linkcode withFrames}. */
export const SIZE = { width: 4, height: 2 };

/** Frames of Cityscapes' labels in a folder that is there for the time of a test. */
export interface FrameFolder {
  dataset: Dataset;
  /** `a_000000_000000`, `a_000000_000001`, ... */
  frames: Frame[];
  /** Where the predictions are. */
  predictions: string;
  /** Writes label ids, 8 of them or one for all 8, as a prediction. */
  predict(name: string, ids: number | number[], size?: Size): Promise<void>;
}

/** Makes frames of road, runs the test, and removes them. */
export async function withFrames(
  count: number,
  test: (folder: FrameFolder) => Promise<void>,
): Promise<void> {
  const root = await Deno.makeTempDir();
  const frames = Array.from({ length: count }, (_, index) => {
    const id = `a_000000_${String(index).padStart(6, "0")}`;
    return { id, image: `${id}.png`, labels: join(root, "truth", `${id}_gtFine_labelIds.png`) };
  });
  const predictions = join(root, "predictions");
  const predict: FrameFolder["predict"] = (name, ids, size = SIZE) => {
    const values = new Uint8Array(size.width * size.height);
    if (typeof ids === "number") values.fill(ids);
    else values.set(ids);
    return writeLabels(join(predictions, name), values, size);
  };
  try {
    await Deno.mkdir(predictions);
    for (const { labels } of frames) await writeLabels(labels, new Uint8Array(8).fill(7), SIZE);
    const dataset: Dataset = {
      name: "cityscapes",
      root,
      space: CITYSCAPES,
      images: () => root,
      frames: () => Promise.resolve(frames),
    };
    await test({ dataset, frames, predictions, predict });
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}
