// Trains a model overnight or for some minutes, into a folder of its own:
//   deno task train [--help]

import {
  type AugmentationName,
  AUGMENTATIONS,
  checkIsNew,
  checkRun,
  checkSize,
  CLASS_WEIGHTS,
  createRun,
  DATASETS,
  defaultRunName,
  DEVICES,
  engine,
  engineInfo,
  MODELS,
  openRun,
  OPTIMIZERS,
  ProgressLine,
  RESAMPLINGS,
  type RunConfig,
  type RunFolder,
  SCHEDULES,
  scoreTable,
  type TensorFlow,
  trainRun,
} from "../lib/mod.ts";
import {
  choice,
  command,
  positiveNumber,
  run,
  shareBelowOne,
  sizeOption,
  UsageError,
  wholeNumber,
  writeJson,
} from "./_command.ts";
import { precisionOption, warnOfPrecision } from "./_precision.ts";
import { drawIfSynthetic, type DrawingOptions, withDrawingOptions } from "./_drawing.ts";

const DEFAULT_MINUTES = 8;
/** No augmentation. */
const NONE = "none";
/** What may be given with `--resume`: the rest is what the run began with. */
const FREE_ON_RESUME = ["run", "runs", "resume", "epochs", "minutes", "json"];

interface Options extends DrawingOptions {
  run?: string;
  runs: string;
  resume?: true;
  json?: string;
  data: RunConfig["data"]["name"];
  root?: string;
  val: string;
  size: { width: number; height: number };
  images: RunConfig["frames"]["images"];
  model: RunConfig["model"]["name"];
  width: number;
  depth: number;
  epochs?: number;
  minutes?: number;
  batch: number;
  lr: number;
  schedule: RunConfig["training"]["schedule"];
  warmUp: number;
  optimizer: RunConfig["training"]["optimizer"];
  momentum: number;
  classWeights: RunConfig["training"]["classWeights"];
  augment: (AugmentationName | typeof NONE)[];
  precision: RunConfig["training"]["precision"];
  xla: boolean;
  seed: number;
  deterministic?: true;
  device: RunConfig["device"];
}

const train = withDrawingOptions(command(
  "train",
  "Trains a model, validates it after every epoch, and scores its best epoch. Everything goes into " +
    "the run's folder. Ctrl-C saves the run; --resume goes on with it.",
))
  .option("--run <name>", "the run's name (default: date and time)")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .option("--resume", "go on with the run from where it was saved")
  .option("--json <file>", "also write the summary there")
  .addOption(choice("--data <name>", "the dataset", DATASETS))
  .option("--root <folder>", "the dataset's folder (default: data/<name>)")
  .option("--val <split>", "the split to validate on", "val")
  .addOption(sizeOption("--size <WxH>", "the size that frames are trained at", "256x128"))
  .addOption(choice("--images <how>", "how images are made smaller", RESAMPLINGS))
  .addOption(choice("--model <name>", "the model", MODELS))
  .option("--width <n>", "the U-Net's channels at full resolution", wholeNumber(1), 16)
  .option("--depth <n>", "how often the U-Net halves the resolution", wholeNumber(1), 4)
  .option("--epochs <n>", "how many passes over the frames", wholeNumber(1))
  .option(
    "--minutes <m>",
    `how long, earlier sittings included (default, without --epochs: ${DEFAULT_MINUTES})`,
    positiveNumber,
  )
  .option("--batch <n>", "frames in a batch", wholeNumber(1), 4)
  .option("--lr <rate>", "the highest learning rate", positiveNumber, 3e-3)
  .addOption(
    choice("--schedule <name>", "how the learning rate falls", SCHEDULES).default("cosine"),
  )
  .option("--warm-up <share>", "the share over which the learning rate rises", shareBelowOne, 0)
  .addOption(choice("--optimizer <name>", "the optimizer", OPTIMIZERS))
  .option("--momentum <share>", "SGD's momentum", shareBelowOne, 0.9)
  .addOption(
    choice("--class-weights <how>", "balanced: rare ones count more", CLASS_WEIGHTS),
  )
  .addOption(precisionOption())
  .option("--no-xla", "do not let XLA compile the training step on a GPU")
  .addOption(
    choice("--augment <names...>", "how frames are changed at random", [...AUGMENTATIONS, NONE])
      .default(["mirror"], "mirror"),
  )
  .option("--seed <n>", "seeds the weights and the order of frames", wholeNumber(0), 0)
  .option("--deterministic", "compute the same bits at every repetition, more slowly")
  .addOption(choice("--device <name>", "where to compute", DEVICES));

await run(train, async (signal) => {
  const options = train.opts<Options>();
  const line = new ProgressLine();
  const folder = options.resume ? await resumed(options) : await begun(options, line, signal);
  const { config } = folder;
  const tf = await startEngine(config, line, signal);
  const { version, device: used, idleGpu } = engineInfo()!;
  console.log(`TensorFlow ${version} on ${used.type}; the run is in ${folder.path}`);
  if (idleGpu) console.error("warning: the GPU is not used; deno task doctor says more");
  warnOfPrecision(config.training.precision);
  const summary = await trainRun(tf, folder, {
    ...options.resume && { resume: true },
    onProgress: line.show,
    onEpoch: ({ epoch, step }, { loss, matrix }) => {
      line.clear();
      console.log(
        `epoch ${epoch}  step ${step}  validation loss ${loss.toFixed(4)}  ` +
          `mean IoU ${matrix.meanIou().toFixed(4)}  accuracy ${matrix.pixelAccuracy().toFixed(4)}`,
      );
    },
    signal,
  });
  line.clear();
  if (!summary) {
    const { runs } = options;
    const where = train.getOptionValueSource("runs") === "cli" ? ` --runs ${quoted(runs)}` : "";
    console.log(`Saved; go on with it by: deno task train --run ${folder.name}${where} --resume`);
    return;
  }
  console.log(`\nEpoch ${summary.bestEpoch} on ${summary.split} at the labels' own size:`);
  console.log(scoreTable(summary));
  console.log(`\n${summary.imagesPerSecond.toFixed(2)} images/s; all of it is in ${folder.path}`);
  if (options.json) await writeJson(options.json, summary);
});

/** A word as a shell takes it. */
function quoted(word: string): string {
  return /^[\w./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

async function begun(
  options: Options,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<RunFolder> {
  const config = configOf(options);
  const name = options.run ?? defaultRunName();
  checkSize(config);
  checkIsNew(options.runs, name);
  await drawIfSynthetic(config.data, options, { onProgress: line.show, signal });
  line.clear();
  await checkRun(config);
  // Where there is no engine, no run is begun.
  await startEngine(config, line, signal);
  return await createRun(options.runs, { name, config });
}

async function startEngine(
  { device, deterministic }: RunConfig,
  line: ProgressLine,
  signal: AbortSignal,
): Promise<TensorFlow> {
  const tf = await engine({ device, deterministic, onProgress: line.show, signal });
  line.clear();
  return tf;
}

async function resumed(options: Options): Promise<RunFolder> {
  if (!options.run) throw new UsageError("--resume needs --run <name>");
  const fixed = train.options
    .filter((option) => train.getOptionValueSource(option.attributeName()) === "cli")
    .find((option) => !FREE_ON_RESUME.includes(option.attributeName()));
  if (fixed) throw new UsageError(`${fixed.long} cannot be changed on --resume`);
  const folder = await openRun(options.runs, options.run);
  const { epochs, minutes } = options;
  if (epochs ?? minutes) {
    folder.config.budget = { ...epochs && { epochs }, ...minutes && { minutes } };
  }
  return folder;
}

function augmentOf({ augment }: Options): AugmentationName[] {
  if (!augment.includes(NONE)) return augment as AugmentationName[];
  if (augment.length > 1) throw new UsageError("--augment none excludes all others");
  return [];
}

function configOf(options: Options): RunConfig {
  const { data: name, val, size, images, width, depth, batch, schedule, warmUp } = options;
  const { optimizer, momentum, classWeights, precision, xla, seed, device, epochs } = options;
  const minutes = options.minutes ?? (epochs === undefined ? DEFAULT_MINUTES : undefined);
  return {
    data: { name, root: options.root ?? `data/${name}`, val },
    frames: { size, images },
    model: { name: options.model, width, depth },
    training: {
      ...{ batch, rate: options.lr, schedule, warmUp },
      ...{ optimizer, momentum, classWeights, augment: augmentOf(options), precision, xla },
    },
    budget: { ...epochs && { epochs }, ...minutes && { minutes } },
    seed,
    deterministic: options.deterministic ?? false,
    device,
  };
}
