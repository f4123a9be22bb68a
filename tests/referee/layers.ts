import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  exportLayers,
  imageOf,
  type PackedFrames,
  Predictor,
  type TensorFlow,
} from "../../lib/mod.ts";
import { runDeno } from "../_program.ts";

const STOCK = fileURLToPath(new URL("../_stock_tfjs.ts", import.meta.url));

/**
 * Exports a model and lets stock tfjs predict with it on its CPU backend.
 *
 * @param subject The model, some frames at its size, and an empty folder.
 * @returns The share of the pixels that it takes for the same class.
 */
export async function refereeLayers(
  tf: TensorFlow,
  { model, frames, folder }: { model: LayersModel; frames: PackedFrames; folder: string },
): Promise<number> {
  await exportLayers(model, folder);
  const { width, height } = frames;
  using predictor = new Predictor(tf, model);
  let same = 0, pixels = 0;
  for (const index of frames.frames.keys()) {
    const image = imageOf(frames, index);
    const ours = await predictor.trainIds({ pixels: image, shape: [1, height, width] });
    const input = join(folder, "images.json");
    const batch = { shape: [1, height, width, 3], pixels: image.toBase64() };
    await Deno.writeTextFile(input, JSON.stringify(batch));
    const { code, stdout, stderr } = await runDeno(["run", "-A", "-q", STOCK, folder, input]);
    if (code !== 0) throw new Error(`Stock tfjs failed: ${stderr}`);
    const theirs: number[] = JSON.parse(stdout.trim().split("\n").at(-1)!);
    same += ours.reduce((count, id, i) => count + (id === theirs[i] ? 1 : 0), 0);
    pixels += ours.length;
  }
  return same / pixels;
}
