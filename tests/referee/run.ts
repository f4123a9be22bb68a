// Compares a run with what PyTorch, cityscapesScripts and stock tfjs make of it, and makes the golden
// files of the tests anew:
//   deno task referee [--help]

import { join } from "node:path";
import {
  decodeImage,
  engine,
  openDataset,
  openRun,
  Predictor,
  prepare,
  ProgressLine,
  resizeImage,
  toLabelIds,
  trainedModel,
} from "../../lib/mod.ts";
import { command, run, wholeNumber } from "../../tasks/_command.ts";
import { peersPython } from "../../tasks/bench/set_up.ts";
import { refereeCoursePackage } from "./course_package.ts";
import { refereeGolden } from "./golden.ts";
import { refereeLayers } from "./layers.ts";
import { refereeScores } from "./scores.ts";

interface Options {
  run: string;
  runs: string;
  root?: string;
  split?: string;
  frames: number;
  write?: true;
}

/** What is asked of each comparison. */
const SCORES_WITHIN = 1e-9, LOGITS_WITHIN = 1e-3, SAME_PIXELS = 0.999;

const refereeing = command(
  "referee",
  "Compares a run with other people's programs, installed into a virtual environment of its own " +
    "(PyTorch alone is about 5 GB): its scores with cityscapesScripts, the course's package and the " +
    "checkpoint with PyTorch, the exported layers with stock tfjs. Then makes the golden files of " +
    "the tests anew and compares them with the committed ones.",
)
  .requiredOption("--run <name>", "a trained run")
  .option("--runs <folder>", "the folder of all runs", "data/runs")
  .option("--root <folder>", "the dataset's folder (default: the run's)")
  .option("--split <split>", "the split whose frames are compared (default: the run's)")
  .option("--frames <n>", "at most so many of them", wholeNumber(1), 8)
  .option("--write", "replace the golden files by those that were made anew");

let failures = 0;

/** Prints a comparison and how it came out. */
function judge(what: string, isRight: boolean, figures: string): void {
  console.log(`${isRight ? "ok    " : "FAILED"}  ${what}: ${figures}`);
  if (!isRight) failures++;
}

await run(refereeing, async (signal) => {
  const options = refereeing.opts<Options>();
  const line = new ProgressLine();
  const folder = await openRun(options.runs, options.run);
  const { data, frames: { size, images } } = folder.config;
  const dataset = openDataset(data.name, options.root ?? data.root);
  const split = options.split ?? data.val;
  const working = { onProgress: line.show, signal };
  const packed = await prepare(dataset, split, { size, images, ...working });
  const some = packed.subset([...packed.frames.keys()].slice(0, options.frames));
  const tf = await engine({ device: "cpu", ...working });
  const { model, space } = await trainedModel(tf, folder);
  const python = await peersPython(undefined, console.error, signal);
  line.clear();
  const temporary = await Deno.makeTempDir();
  const empty = async (name: string) => {
    await Deno.mkdir(join(temporary, name));
    return join(temporary, name);
  };
  try {
    const { frames } = some;
    if (space.labels) {
      using predictor = new Predictor(tf, model);
      const predict = async (path: string, to: { width: number; height: number }) => {
        const pixels = resizeImage(await decodeImage(path), size, images);
        const shape = [1, size.height, size.width] as const;
        const trainIds = await predictor.trainIds({ pixels, shape }, { size: to });
        return toLabelIds(trainIds, space);
      };
      const subject = { frames, predict, folder: await empty("scores") };
      const { differences, means } = await refereeScores(python, subject);
      for (const [kind, difference] of Object.entries(differences)) {
        const figures = `mean IoU and iIoU ${means[kind]} %, greatest difference ${difference}`;
        judge(`scores of ${kind} by cityscapesScripts`, difference <= SCORES_WITHIN, figures);
      }
    }
    const classes = space.classes.length;
    const subject = { run: folder, model, frames, folder: await empty("course"), classes };
    const course = await refereeCoursePackage(python, tf, subject);
    const logits = Math.max(...course.logits);
    judge(
      "logits of the course package by PyTorch",
      course.logits.length === classes && logits <= LOGITS_WITHIN,
      `greatest difference by class: ` +
        course.logits.map((it, i) => `${space.classes[i]?.name} ${it.toExponential(1)}`).join(", "),
    );
    for (const what of ["package", "checkpoint"] as const) {
      const figures = `${100 * course[what]} % of the pixels alike`;
      judge(`label maps of the ${what} by PyTorch`, course[what] >= SAME_PIXELS, figures);
    }
    const layers = await refereeLayers(tf, { model, frames: some, folder: await empty("layers") });
    const figures = `${100 * layers} % of the pixels alike`;
    judge("label maps of the exported layers by stock tfjs", layers >= SAME_PIXELS, figures);

    const golden = await refereeGolden(python, {
      folder: await empty("golden"),
      write: options.write ?? false,
    });
    for (const { name, differs } of golden) {
      judge(`golden file ${name}`, differs === undefined, differs ?? "as committed");
    }
  } finally {
    model.dispose();
    await Deno.remove(temporary, { recursive: true });
  }
  if (failures > 0) throw new Error(`${failures} comparisons failed`);
});
