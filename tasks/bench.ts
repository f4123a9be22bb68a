// Measures this library and its peers side by side:
//   deno task bench [--help]

import { Option } from "commander";
import { join } from "node:path";
import { defaultRunName, DEVICES, engine, engineInfo, figureToPng } from "../lib/mod.ts";
import { exists, writeAtomically } from "../lib/system/mod.ts";
import { choice, command, positiveNumber, run, UsageError, wholeNumber } from "./_command.ts";
import {
  type Bench,
  evaluating,
  inference,
  type Precision,
  PRECISIONS,
  preparing,
  training,
  type Work,
} from "./bench/contenders.ts";
import { measure, type Result } from "./bench/measure.ts";
import { bars, markdown, type Report } from "./bench/report.ts";
import { describeMachine, framesFor, peersPython, writeWeights } from "./bench/set_up.ts";

/** The sizes of Cityscapes' images and of those that networks are trained on. */
const LARGE = { width: 2048, height: 1024 }, SMALL = { width: 256, height: 128 };
const FILES = { tables: "bench.md", json: "bench.json", picture: "bench.png" };
const WORKS = ["training", "inference", "preparing", "evaluating"] as const;

interface Options {
  work: (typeof WORKS[number])[];
  width: number[];
  batch: number[];
  repeats: number;
  seconds: number;
  device: typeof DEVICES[number];
  precision?: Precision[];
  python?: string;
  scripts?: string;
  frames?: string;
  out?: string;
}

/** Reads each of several whole numbers. */
const numbers = (text: string, before: number[] = []) => [...before, wholeNumber(1)(text)];

/** Without those that were named before. */
const distinct = <Value>(values: readonly Value[]) => [...new Set(values)];

const benching = command(
  "bench",
  "Measures this library, PyTorch, Pillow, torchvision and cityscapesScripts side by side on this " +
    "machine: one process of each after the other, and all of that again. Leave the machine alone " +
    "meanwhile. With all works, widths and batches it takes two hours or more on two cores.",
)
  .addOption(new Option("--work <names...>", "what is measured").choices(WORKS).default(WORKS))
  .option("--width <numbers...>", "the U-Nets' base widths (default: 16 64)", numbers)
  .option(
    "--batch <numbers...>",
    "images in a training step or a prediction (default: 1 8)",
    numbers,
  )
  .option("--repeats <n>", "processes of each contender", wholeNumber(1), 3)
  .option("--seconds <n>", "seconds of repetitions in each process", positiveNumber, 6)
  .addOption(choice("--device <name>", "what training and inference run on", DEVICES))
  .addOption(
    new Option(
      "--precision <names...>",
      "what convolutions compute in (default: all that the device has)",
    )
      .choices(PRECISIONS.gpu),
  )
  .addOption(
    new Option("--python <path>", "a Python that has the peers (default: one made here, from PyPI)")
      .conflicts("scripts"),
  )
  .option("--scripts <folder>", "a checkout of cityscapesScripts, to build its Cython extension")
  .option(
    "--frames <folder>",
    "the folder of Cityscapes, whose train frames are prepared and scored: the first 500, or " +
      "fewer several times (default: drawn frames)",
  )
  .option(
    "--out <folder>",
    "where the tables and the picture go (default: a new folder in data/bench)",
  );

await run(benching, async (signal) => {
  const { repeats, seconds, ...options } = benching.opts<Options>();
  const widths = distinct(options.width ?? [16, 64]), batches = distinct(options.batch ?? [1, 8]);
  const chosen = distinct(options.work);
  const log = (text: string) => console.error(`bench: ${text}`);
  const out = options.out ?? join("data", "bench", defaultRunName());
  if (exists(join(out, FILES.json))) {
    throw new UsageError(`Cannot write to ${out}: it has the results of another bench`);
  }
  const tf = await engine({ device: options.device });
  const { version, bfloat16, device: { type } } = engineInfo()!;
  const device = type === "GPU" ? "gpu" : "cpu";
  const precisions = distinct(options.precision ?? PRECISIONS[device]);
  const unknown = precisions.find((precision) => !PRECISIONS[device].includes(precision));
  if (unknown) {
    const known = PRECISIONS[device].join(" and ");
    throw new UsageError(`Cannot measure ${unknown} on the ${device}: it has ${known}`);
  }
  const python = options.python ?? await peersPython(options.scripts, log, signal);
  const { machine, cython } = await describeMachine({ python, device }, version);
  await Deno.mkdir(out, { recursive: true });
  const scratch = await Deno.makeTempDir({ prefix: "denoscapes-bench-" });
  const report: Report = {
    machine,
    measuring: { date: new Date().toISOString(), arguments: Deno.args, repeats, seconds },
    results: [],
  };
  try {
    const onFiles = chosen.some((name) => name === "preparing" || name === "evaluating");
    const frames = onFiles
      ? await framesFor(options.frames, scratch, log, signal)
      : { root: "", predictions: "", count: 0 };
    const bench: Bench = { python, device, precisions, frames, scratch, bfloat16, cython, seconds };
    const weights = (width: number) => join(scratch, `width-${width}.safetensors`);
    if (chosen.includes("inference")) {
      for (const width of widths) await writeWeights(tf, width, weights(width));
    }
    const works: Record<typeof WORKS[number], () => Work[]> = {
      training: () =>
        widths.flatMap((width) => batches.map((batch) => training(bench, width, batch))),
      inference: () =>
        widths.flatMap((width) =>
          [{ batch: 1, size: LARGE }, ...batches.map((batch) => ({ batch, size: SMALL }))]
            .map((images) => inference(bench, width, { ...images, weights: weights(width) }))
        ),
      preparing: () => [preparing(bench)],
      evaluating: () => [evaluating(bench)],
    };
    for (const work of chosen.flatMap((name) => works[name]())) {
      const before = report.results;
      const onResults = async (results: Result[]) => {
        report.results = [...before, ...results];
        // So that what ends this process loses one process of a contender at most.
        await writeTables(report, out);
      };
      const onProcess = (contender: string) => log(`${work.name}: ${contender}`);
      await onResults(await measure(bench, work, { repeats, signal, onProcess, onResults }));
    }
  } finally {
    await show(report, out, log);
    await Deno.remove(scratch, { recursive: true }).catch(({ message }) => log(message));
  }
});

async function writeTables(report: Report, out: string): Promise<void> {
  await writeAtomically(join(out, FILES.tables), markdown(report));
  await writeAtomically(join(out, FILES.json), JSON.stringify(report, null, 2) + "\n");
}

/** Prints the tables and makes the picture, if there is anything in them. */
async function show(report: Report, out: string, log: (text: string) => void): Promise<void> {
  if (report.results.length === 0) return;
  console.log(markdown(report));
  try {
    const figure = bars(report);
    if (figure) await Deno.writeFile(join(out, FILES.picture), await figureToPng(figure));
  } catch (error) {
    log(`cannot make the picture: ${(error as Error).message}`);
  }
  log(`written to ${out}`);
}
