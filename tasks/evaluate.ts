// Scores a run's model, or label images that any program wrote:
//   deno task evaluate [--help]

import { Option } from "commander";
import {
  type BenchmarkCounts,
  CHECKPOINTS,
  confusionTable,
  countPredictions,
  type Dataset,
  DATASETS,
  DEVICES,
  engine,
  evaluate,
  officialResult,
  openDataset,
  openRun,
  prepare,
  ProgressLine,
  type RunConfig,
  scoreTable,
  trainedModel,
} from "../lib/mod.ts";
import { choice, command, run, UsageError, writeJson } from "./_command.ts";

interface Options {
  run?: string;
  runs: string;
  checkpoint: typeof CHECKPOINTS[number];
  predictions?: string;
  data?: Dataset["name"];
  root?: string;
  split?: string;
  json?: string;
  officialJson?: string;
  confusion?: true;
  device: RunConfig["device"];
}

const evaluating = command(
  "evaluate",
  "Scores a run's model on a split, or label-id PNGs that any program wrote " +
    "(<frame>*.png, for Cityscapes <city>_<seq>_<frame>*.png), which needs no TensorFlow. " +
    "Both at the labels' own size. iIoU is there where *_gtFine_instanceIds.png are beside the labels.",
)
  .option("--run <name>", "score this run's model")
  .option("--predictions <folder>", "score the PNGs in this folder")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .addOption(choice("--checkpoint <which>", "which weights of the run", CHECKPOINTS))
  .addOption(new Option("--data <name>", "the dataset (default: the run's)").choices(DATASETS))
  .option("--root <folder>", "the dataset's folder (default: the run's, or data/<name>)")
  .option("--split <split>", "the split to score (default: the run's, or val)")
  .option("--confusion", "also print the confusion matrix with priors, in percent")
  .option("--json <file>", "also write the scores there")
  .option("--official-json <file>", "also write them as cityscapesScripts does")
  .addOption(choice("--device <name>", "where to compute", DEVICES));

await run(evaluating, async (signal) => {
  const options = evaluating.opts<Options>();
  const line = new ProgressLine();
  const { counts, images, seconds } = options.predictions !== undefined
    ? await scoreFiles(options, line, signal)
    : await scoreRun(options, line, signal);
  line.clear();
  const scores = counts.scores();
  console.log(scoreTable(scores));
  const { all, withInstances } = counts.frames;
  if (withInstances > 0 && withInstances < all) {
    const missing = all - withInstances;
    console.error(`note: no iIoU: ${missing} of ${all} frames have no *_gtFine_instanceIds.png`);
  }
  if (options.confusion) console.log(`\n${confusionTable(counts)}`);
  const result = { ...scores, imagesPerSecond: images / seconds, seconds };
  if (options.json) await writeJson(options.json, result);
  if (options.officialJson) {
    await writeJson(options.officialJson, officialResult(counts), "--official-json");
  }
});

interface Scored {
  counts: BenchmarkCounts;
  images: number;
  /** How long the scoring took, without what had to be prepared for it. */
  seconds: number;
}

async function scoreFiles(
  options: Options,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<Scored> {
  const { predictions, data, split = "val" } = options;
  if (options.run) throw new UsageError("--run and --predictions exclude each other");
  if (!data) throw new UsageError("--predictions needs --data <name>");
  const dataset = openDataset(data, options.root ?? `data/${data}`);
  checkOfficial(options, dataset);
  const frames = await dataset.frames(split);
  const scoring = { onProgress: line.show, signal };
  const start = performance.now();
  const counts = await countPredictions(dataset, frames, predictions!, scoring);
  return { counts, images: frames.length, seconds: (performance.now() - start) / 1000 };
}

function checkOfficial({ officialJson }: Options, { name, space }: Dataset): void {
  if (officialJson === undefined || space.labels) return;
  throw new UsageError(`--official-json is for the labels of Cityscapes, not of ${name}`);
}

async function scoreRun(
  options: Options,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<Scored> {
  if (!options.run) throw new UsageError("give --run <name> or --predictions <folder>");
  const folder = await openRun(options.runs, options.run);
  const { data, frames: { size, images } } = folder.config;
  const { data: name = data.name, root = name === data.name ? data.root : `data/${name}` } =
    options;
  const dataset = openDataset(name, root);
  if (dataset.space !== openDataset(data.name, data.root).space) {
    throw new UsageError(`the run ${folder.name} was trained on ${data.name}, not ${name}`);
  }
  checkOfficial(options, dataset);
  const working = { onProgress: line.show, signal };
  const packed = await prepare(dataset, options.split ?? data.val, { size, images, ...working });
  const tf = await engine({ device: options.device, ...working });
  const { model } = await trainedModel(tf, folder, options.checkpoint);
  const start = performance.now();
  const counts = await evaluate(tf, { model, dataset, packed }, working);
  const seconds = (performance.now() - start) / 1000;
  return { counts, images: packed.frames.length, seconds };
}
