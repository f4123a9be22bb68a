import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Bfloat16Speed, ImageSize } from "../../lib/mod.ts";
import { MOST_WORKERS } from "../../lib/system/mod.ts";
import { WHY_NOT_BFLOAT16 } from "../_precision.ts";

/**
 * What convolutions are computed in: `"tf32"` is float32 with the factors rounded as NVIDIA's GPUs
 * can, `"fp32"` is without that.
 */
export type Precision = "fp32" | "tf32" | "bf16";

/** One of those that do the same work. */
export interface Contender {
  name: string;
  /** Whether it is this library. */
  ours: boolean;
  /** Whether ratios are of it, if it is ours, or else to it. */
  compared: boolean;
  /** Where it computes at all. */
  precision?: Precision;
  /** The program and its arguments. */
  command: string[];
  /** Why it cannot run here, if it cannot. */
  missing?: string;
}

/** Work that is measured, by all who can do it. */
export interface Work {
  name: string;
  /** Images that one repetition works on. */
  images: number;
  contenders: Contender[];
}

/** Frames of 2048x1024 in the Cityscapes layout, with instance ids. */
export interface BenchFrames {
  /** Their folder. */
  root: string;
  /** The folder of predictions of them. */
  predictions: string;
  /** How many they are. */
  count: number;
}

/** What the bench has to run with. */
export interface Bench {
  /** The Python with PyTorch and the others. */
  python: string;
  /** What training steps and inference run on. */
  device: "cpu" | "gpu";
  precisions: readonly Precision[];
  frames: BenchFrames;
  /** A folder to write to. */
  scratch: string;
  /** Whether cityscapesScripts has its Cython extension. */
  cython: boolean;
  /** How the device computes with bfloat16. */
  bfloat16: Bfloat16Speed;
  /** Seconds of repetitions in each process. */
  seconds: number;
}

const OURS = join(import.meta.dirname!, "ours.ts");
/** The program that measures the peers, and the peak memory of any. */
export const PEER = join(import.meta.dirname!, "peer.py");

/** The ways in which PyTorch can be told to run in each precision. */
const FLAGS = [[], ["channels_last"], ["compile"], ["compile", "channels_last"]];
/** On a GPU there is that of compiling which records its kernels, too. */
const GPU_FLAGS = [
  ...FLAGS,
  ["compile", "reduce-overhead"],
  ["compile", "reduce-overhead", "channels_last"],
];

/** The precisions that a device has. */
export const PRECISIONS: Record<Bench["device"], readonly Precision[]> = {
  cpu: ["fp32", "bf16"],
  gpu: ["fp32", "tf32", "bf16"],
};

function ours(...args: string[]): string[] {
  const permissions = ["-R", "-W", "-E", "--allow-ffi", "--allow-sys", "--allow-run"];
  return [Deno.execPath(), "run", "-q", "--no-prompt", ...permissions, OURS, ...args];
}

/** A name, with the precision unless it is that of most. */
function named(name: string, precision: Precision): string {
  return precision === "fp32" ? name : `${name}, ${precision}`;
}

/** One of ours; it says where float32 takes the place of a slower bfloat16. */
function oursIn(bench: Bench, name: string, precision: Precision, command: string[]): Contender {
  const bfloat16 = precision === "bf16" ? bench.bfloat16 : "fast";
  return {
    name: named(name, precision) + (bfloat16 === "slow" ? " (computed in fp32)" : ""),
    ours: true,
    // Peers compute in bfloat16 all the same, which is other work.
    compared: bfloat16 === "fast",
    precision,
    command,
    ...bfloat16 === "none" && { missing: WHY_NOT_BFLOAT16.none },
  };
}

function peers(bench: Bench, args: string[]): Contender[] {
  // Where this library has no bfloat16 there is nothing to compare.
  const precisions = bench.precisions
    .filter((precision) => precision !== "bf16" || bench.bfloat16 !== "none");
  return precisions.flatMap((precision) =>
    (bench.device === "gpu" ? GPU_FLAGS : FLAGS).map((flags) => ({
      name: named(`PyTorch ${flags.join(", ") || "eager"}`, precision),
      ours: false,
      compared: true,
      precision,
      command: [bench.python, PEER, ...args, bench.device, precision, ...flags],
    }))
  );
}

/** A training step at 256x128. */
export function training(bench: Bench, width: number, batch: number): Work {
  const { seconds, device, precisions } = bench;
  const args = ["train", `${width}`, `${batch}`, `${seconds}`];
  const plain = precisions.filter((precision) => precision === "fp32");
  const withXla = device === "gpu" ? precisions : plain;
  const step = (how: string, name: string, precision: Precision = "fp32") =>
    oursIn(bench, name, precision, ours(...args, device, precision, how));
  const stock = (how: string, name: string) => ({
    ...step(how, name),
    ours: false,
    compared: false,
  });
  return {
    name: `training, width ${width}, batch ${batch}`,
    images: batch,
    contenders: [
      ...plain.length > 0
        ? [
          // On a GPU there are no others.
          ...device === "cpu"
            ? [stock("stock-kernels", "tfjs layers, eager, TensorFlow's kernels")]
            : [],
          stock("stock", "tfjs layers, eager"),
          step("eager", "denoscapes eager"),
        ]
        : [],
      ...precisions.map((precision) => step("function", "denoscapes compiled", precision)),
      ...withXla.map((precision) => step("xla", "denoscapes compiled, XLA", precision)),
      ...peers(bench, args),
    ],
  };
}

/**
 * Images from their pixels to label ids on disk.
 *
 * @param options.weights Everyone's, so that the PNGs of what is predicted are as large.
 */
export function inference(
  bench: Bench,
  width: number,
  { batch, size, weights }: { batch: number; size: ImageSize; weights: string },
): Work {
  const { seconds, scratch, device, precisions } = bench;
  const numbers = [width, batch, size.width, size.height, seconds];
  const args = ["infer", ...numbers.map(String), scratch, weights];
  return {
    name: `inference at ${size.width}x${size.height}, width ${width}, batch ${batch}`,
    images: batch,
    contenders: [
      ...precisions.map((precision) =>
        oursIn(bench, "denoscapes compiled", precision, ours(...args, device, precision))
      ),
      ...peers(bench, args),
    ],
  };
}

/** Images and labels from 2048x1024 on disk to 256x128, in as many processes as we take threads. */
export function preparing({ python, frames: { root, count } }: Bench): Work {
  const processes = Math.min(availableParallelism(), MOST_WORKERS);
  const peer = (name: string, how: string) => ({
    name: `${name}, ${processes} processes`,
    ours: false,
    compared: true,
    command: [python, PEER, "prepare", how, `${processes}`, root],
  });
  return {
    name: "preparing frames",
    images: count,
    contenders: [
      { name: "denoscapes", ours: true, compared: true, command: ours("prepare", root) },
      peer("Pillow", "pillow"),
      peer("torchvision", "torchvision"),
    ],
  };
}

/** Label ids at 2048x1024 on disk against the truth, to IoUs and iIoUs. */
export function evaluating(
  { python, cython, frames: { root, predictions, count } }: Bench,
): Work {
  const official = {
    ours: false,
    compared: true,
    command: [python, PEER, "evaluate", `${root}/gtFine/train`, predictions],
  };
  const name = "cityscapesScripts with Cython";
  return {
    name: "evaluating label files",
    images: count,
    contenders: [
      {
        name: "denoscapes",
        ours: true,
        compared: true,
        command: ours("evaluate", root, predictions),
      },
      ...cython ? [{ ...official, name }] : [
        { ...official, name, missing: "it is not there, or without its extension; see --scripts" },
        { ...official, name: "cityscapesScripts without Cython" },
      ],
    ],
  };
}
