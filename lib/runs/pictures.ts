import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import { colorize, imageOf, labelsOf, type LabelSpace, type PackedFrames } from "../data/mod.ts";
import { figurePage, figureToPng, imageTable } from "../plot/mod.ts";
import { writeAtomically } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { Predictor } from "../training/mod.ts";
import { curvesFigure } from "./curves_figure.ts";
import type { HistoryRows } from "./history_rows.ts";
import { RUN_FILES, type RunFolder } from "./run_folder.ts";

/** So many frames are shown, spread evenly over the split. */
const SHOWN_FRAMES = 6;
const CURVES_SCALE = 2;

/** Draws a run's curves as a picture and as a page. */
export async function drawCurves({ name, path }: RunFolder, rows: HistoryRows): Promise<void> {
  const figure = curvesFigure(name, rows);
  const png = await figureToPng(figure, { scale: CURVES_SCALE });
  await writeAtomically(join(path, RUN_FILES.curves), png);
  const page = await figurePage([figure], { title: name });
  await writeAtomically(join(path, RUN_FILES.curvesPage), page);
}

/** Draws some frames of a split beside the truth and what the model predicts. */
export async function drawPredictions(
  tf: TensorFlow,
  { path }: RunFolder,
  { model, packed, space }: { model: LayersModel; packed: PackedFrames; space: LabelSpace },
): Promise<void> {
  const { frames, width, height } = packed;
  using predictor = new Predictor(tf, model);
  const count = Math.min(SHOWN_FRAMES, frames.length);
  const cell = (pixels: Uint8Array) => ({ pixels, width, height });
  const rows = [];
  for (let i = 0; i < count; i++) {
    const index = Math.floor(i * frames.length / count);
    const pixels = imageOf(packed, index);
    const predicted = await predictor.trainIds({ pixels, shape: [1, height, width] });
    rows.push({
      caption: frames[index]!.id,
      images: [
        cell(pixels),
        cell(colorize(labelsOf(packed, index), space)),
        cell(colorize(predicted, space)),
      ],
    });
  }
  const columns = ["input", "truth", "prediction"];
  const png = await imageTable({ columns, rows, legend: space.classes });
  await writeAtomically(join(path, RUN_FILES.predictions), png);
}
