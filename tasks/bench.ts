// Measures this library and its peers side by side:
//   deno task bench [--help]

import { Option } from "commander";
import { join } from "node:path";
import { DEVICES, engine, engineInfo, figureToPng } from "../lib/mod.ts";
import {
  choice,
  command,
  positiveNumber,
  run,
  UsageError,
  wholeNumber,
  writeJson,
} from "./_command.ts";
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
import { bars, type Machine, markdown } from "./bench/report.ts";
import { describeMachine, framesFor, peersPython } from "./bench/set_up.ts";

/** The sizes of Cityscapes' images and of those that networks are trained on. */
const LARGE = { width: 2048, height: 1024 }, SMALL = { width: 256, height: 128 };
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
  out: string;
}

/** Reads each of several whole numbers. */
const numbers = (text: string, before: unknown) => [
  ...Array.isArray(before) ? before : [],
  wholeNumber(1)(text),
];

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
  .option("--out <folder>", "where the tables and the picture go", "data/bench");

await run(benching, async (signal) => {
  const { work: chosen, width: widths = [16, 64], batch: batches = [1, 8], ...options } = benching
    .opts<Partial<Options> & Options>();
  const { repeats, seconds, out } = options;
  const log = (text: string) => console.error(`bench: ${text}`);
  await engine({ device: options.device });
  const { version, bfloat16, device: { type } } = engineInfo()!;
  const device = type === "GPU" ? "gpu" : "cpu";
  const precisions = options.precision ?? PRECISIONS[device];
  const unknown = precisions.find((precision) => !PRECISIONS[device].includes(precision));
  if (unknown) {
    const known = PRECISIONS[device].join(" and ");
    throw new UsageError(`Cannot measure ${unknown} on the ${device}: it has ${known}`);
  }
  const python = options.python ?? await peersPython(options.scripts, log, signal);
  const { machine, cython } = await describeMachine({ python, device }, version);
  const scratch = join(out, "denoscapes-bench-files");
  await Deno.mkdir(scratch, { recursive: true });
  const onFiles = chosen.some((name) => name === "preparing" || name === "evaluating");
  const frames = onFiles
    ? await framesFor(options.frames, scratch, log, signal)
    : { root: "", predictions: "", count: 0 };
  const bench: Bench = { python, device, precisions, frames, scratch, bfloat16, cython, seconds };
  const works: Record<typeof WORKS[number], () => Work[]> = {
    training: () =>
      widths.flatMap((width) => batches.map((batch) => training(bench, width, batch))),
    inference: () =>
      widths.flatMap((width) => [
        inference(bench, width, { batch: 1, size: LARGE }),
        ...batches.map((batch) => inference(bench, width, { batch, size: SMALL })),
      ]),
    preparing: () => [preparing(bench)],
    evaluating: () => [evaluating(bench)],
  };
  const results: Result[] = [];
  for (const work of chosen.flatMap((name) => works[name]())) {
    const onProcess = (contender: string) => log(`${work.name}: ${contender}`);
    // So that an interruption loses one process at most.
    const onResults = (some: Result[]) => writeTables([...results, ...some], machine, out);
    results.push(...await measure(bench, work, { repeats, signal, onProcess, onResults }));
    const figure = bars(results), picture = join(out, "bench.png");
    if (figure) await Deno.writeFile(picture, await figureToPng(figure));
    else await Deno.remove(picture).catch(() => {});
  }
  console.log(markdown(results, machine));
  log(`written to ${out}: bench.md, bench.json and, if there is any figure, bench.png`);
});

async function writeTables(results: Result[], machine: Machine, out: string): Promise<void> {
  await Deno.writeTextFile(join(out, "bench.md"), markdown(results, machine));
  await writeJson(join(out, "bench.json"), { machine, results });
}
