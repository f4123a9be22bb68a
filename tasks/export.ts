// Writes a run's model in the layers format of tfjs:
//   deno task export [--help]

import {
  CHECKPOINTS,
  engine,
  exportLayers,
  openRun,
  ProgressLine,
  trainedModel,
} from "../lib/mod.ts";
import { choice, command, run } from "./_command.ts";

interface Options {
  run: string;
  runs: string;
  checkpoint: typeof CHECKPOINTS[number];
  out: string;
}

const exporting = command(
  "export",
  "Writes a run's model as model.json and weights.bin, in tfjs's layers format and with its own " +
    "layers only: tf.loadLayersModel loads it in a browser too.",
)
  .requiredOption("--run <name>", "the run")
  .requiredOption("--out <folder>", "where to write")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .addOption(choice("--checkpoint <which>", "which weights of the run", CHECKPOINTS));

await run(exporting, async (signal) => {
  const options = exporting.opts<Options>();
  const { out } = options;
  const line = new ProgressLine();
  const folder = await openRun(options.runs, options.run);
  const tf = await engine({ device: "cpu", onProgress: line.show, signal });
  line.clear();
  const { model, space } = await trainedModel(tf, folder, options.checkpoint);
  try {
    await exportLayers(model, out);
  } catch (error) {
    throw new Error(`Cannot write into ${out}: ${(error as Error).message}`, { cause: error });
  }
  const { model: { name, depth }, frames: { size: { width, height } } } = folder.config;
  console.log(`${out}/model.json and ${out}/weights.bin`);
  console.log(
    `It takes images [B, H, W, 3], RGB in 0..1, and gives logits [B, H, W, ${space.classes.length}]; ` +
      `it was trained at ${width}x${height}` +
      (name === "unet" ? `; ${2 ** depth} must divide H and W` : ""),
  );
});
