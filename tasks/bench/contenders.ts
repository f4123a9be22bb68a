import { join } from "node:path";
import type { Bfloat16Speed, ImageSize } from "../../lib/mod.ts";
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

/** A name of ours, which tells where float32 takes the place of a slower bfloat16. */
function oursNamed(bench: Bench, name: string, precision: Precision): string {
  const isReplaced = precision === "bf16" && bench.bfloat16 === "slow";
  return named(name, precision) + (isReplaced ? " (computed in fp32)" : "");
}

function missing(bench: Bench, precision: Precision) {
  return precision === "bf16" && bench.bfloat16 === "none" && { missing: WHY_NOT_BFLOAT16.none };
}

function peers(bench: Bench, args: string[]): Contender[] {
  return bench.precisions.flatMap((precision) =>
    FLAGS.map((flags) => ({
      name: named(`PyTorch ${flags.join(", ") || "eager"}`, precision),
      ours: false,
      precision,
      command: [bench.python, PEER, ...args, bench.device, precision, ...flags],
      ...missing(bench, precision),
    }))
  );
}

/** A training step at 256x128. */
export function training(bench: Bench, width: number, batch: number): Work {
  const { seconds, device, precisions } = bench;
  const args = ["train", `${width}`, `${batch}`, `${seconds}`];
  const plain = precisions.filter((precision) => precision === "fp32");
  const withXla = device === "gpu" ? precisions : plain;
  const step = (how: string, name: string, precision: Precision = "fp32") => ({
    name: oursNamed(bench, name, precision),
    ours: !how.startsWith("stock"),
    precision,
    command: ours(...args, device, precision, how),
    ...missing(bench, precision),
  });
  return {
    name: `training, width ${width}, batch ${batch}`,
    images: batch,
    contenders: [
      ...plain.length > 0
        ? [
          // On a GPU there are no others.
          ...device === "cpu"
            ? [step("stock-kernels", "tfjs layers, eager, TensorFlow's kernels")]
            : [],
          step("stock", "tfjs layers, eager"),
          step("eager", "denoscapes eager"),
        ]
        : [],
      ...precisions.map((precision) => step("function", "denoscapes compiled", precision)),
      ...withXla.map((precision) => step("xla", "denoscapes compiled, XLA", precision)),
      ...peers(bench, args),
    ],
  };
}

/** Images from their pixels to label ids on disk. */
export function inference(
  bench: Bench,
  width: number,
  { batch, size }: { batch: number; size: ImageSize },
): Work {
  const { seconds, scratch, device, precisions } = bench;
  const numbers = [width, batch, size.width, size.height, seconds];
  const args = ["infer", ...numbers.map(String), scratch];
  return {
    name: `inference at ${size.width}x${size.height}, width ${width}, batch ${batch}`,
    images: batch,
    contenders: [
      ...precisions.map((precision) => ({
        name: oursNamed(bench, "denoscapes compiled", precision),
        ours: true,
        precision,
        command: ours(...args, device, precision),
        ...missing(bench, precision),
      })),
      ...peers(bench, args),
    ],
  };
}

/** Images and labels from 2048x1024 on disk to 256x128. */
export function preparing({ python, frames: { root, count } }: Bench): Work {
  const peer = (name: string, how: string) => ({
    name: `${name}, 2 processes`,
    ours: false,
    command: [python, PEER, "prepare", how, root],
  });
  return {
    name: "preparing frames",
    images: count,
    contenders: [
      { name: "denoscapes", ours: true, command: ours("prepare", root) },
      peer("Pillow", "pillow"),
      peer("torchvision", "torchvision"),
    ],
  };
}

/** Label ids at 2048x1024 on disk against the truth, to IoUs and iIoUs. */
export function evaluating(
  { python, cython, frames: { root, predictions, count } }: Bench,
): Work {
  const truth = `${root}/gtFine/train`;
  return {
    name: "evaluating label files",
    images: count,
    contenders: [
      { name: "denoscapes", ours: true, command: ours("evaluate", root, predictions) },
      {
        name: `cityscapesScripts ${cython ? "with" : "without"} Cython`,
        ours: false,
        command: [python, PEER, "evaluate", truth, predictions],
      },
    ],
  };
}
