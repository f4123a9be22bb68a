// Makes of a run what a server takes:
//   deno task submit [--help]

import { Option } from "commander";
import {
  checkImages,
  CHECKPOINTS,
  DEVICES,
  engine,
  formatBytes,
  openDataset,
  openRun,
  ProgressLine,
  type RunConfig,
  type RunFolder,
  type Submission,
  type Submitted,
  submitToBenchmark,
  submitToCourse,
} from "../lib/mod.ts";
import { choice, command, run, UsageError, writeJson } from "./_command.ts";

/** The split that the benchmark judges. */
const TEST = "test";
const FORMATS = ["cityscapes", "codalab"] as const;

interface Options {
  format: typeof FORMATS[number];
  run: string;
  runs: string;
  checkpoint: typeof CHECKPOINTS[number];
  root?: string;
  split?: string;
  out?: string;
  json?: string;
  device: RunConfig["device"];
}

const submit = command(
  "submit",
  "Makes of a run what a server takes, checks it, and draws a contact sheet of it. " +
    "cityscapes: a zip with a label-id PNG at 2048x1024 for each image of a split; what was " +
    "interrupted goes on. codalab: a zip with model.py, model.pth and process_data.py for PyTorch.",
)
  .addOption(new Option("--format <name>", "the server").choices(FORMATS).makeOptionMandatory())
  .requiredOption("--run <name>", "the run")
  .option("--root <folder>", "the folder of Cityscapes (default: the run's dataset)")
  .option("--split <split>", "the split to predict (default: test; for codalab's sheet the run's)")
  .option("--out <folder>", "where to write (default: data/submissions/<run>-<format>[-<split>])")
  .option("--json <file>", "also write where the files are")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .addOption(choice("--checkpoint <which>", "which weights of the run", CHECKPOINTS))
  .addOption(choice("--device <name>", "where to compute", DEVICES));

await run(submit, async (signal) => {
  const options = submit.opts<Options>();
  const { format, checkpoint } = options;
  const line = new ProgressLine();
  const folder = await openRun(options.runs, options.run);
  await checkImages(options.root ?? folder.config.data.root, folder.config.frames);
  const submission: Submission = {
    run: folder,
    checkpoint,
    folder: options.out ?? `data/submissions/${folderName(options)}`,
    frames: await framesOf(options, folder),
  };
  const working = { onProgress: line.show, signal };
  const tf = await engine({ device: options.device, ...working });
  const submitted = format === "cityscapes"
    ? await submitToBenchmark(tf, submission, working)
    : await submitToCourse(tf, submission, working);
  line.clear();
  await report(submitted, submission);
  if (options.json) await writeJson(options.json, submitted);
});

function folderName({ run, format, split = TEST }: Options): string {
  return format === "cityscapes" ? `${run}-${format}-${split}` : `${run}-${format}`;
}

async function framesOf(
  { format, split, root }: Options,
  { config: { data } }: RunFolder,
): Promise<Submission["frames"]> {
  if (format === "cityscapes") {
    if (data.name === "camvid") {
      throw new UsageError("--format cityscapes needs a run of Cityscapes' classes, not CamVid's");
    }
    return await openDataset("cityscapes", root ?? data.root).frames(split ?? TEST);
  }
  // The package needs no frame: only its contact sheet does.
  const wanted = root !== undefined || split !== undefined;
  try {
    return await openDataset(data.name, root ?? data.root).frames(split ?? data.val);
  } catch (error) {
    if (wanted) throw error;
    console.error(`note: no contact sheet: ${(error as Error).message}`);
    return [];
  }
}

async function report(
  { zip, sheet, ...more }: Submitted & { kept?: number; isAnew?: boolean },
  { frames }: Submission,
): Promise<void> {
  const { size } = await Deno.stat(zip);
  if (more.isAnew) console.log("Predictions of other weights or images were there and are gone");
  if (more.kept !== undefined) {
    const kept = more.kept > 0 ? ` (${more.kept} of them were there already)` : "";
    console.log(`${frames.length} predictions${kept} follow the benchmark's rules`);
  }
  console.log(`Upload ${zip} (${formatBytes(size)})`);
  if (sheet) console.log(`Look at it first: ${sheet}`);
}
