import { join } from "node:path";

/** One of those that do the same work. */
export interface Contender {
  name: string;
  /** Whether it is this library. */
  ours: boolean;
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
  frames: BenchFrames;
  /** A folder to write to. */
  scratch: string;
  /** Whether cityscapesScripts has its Cython extension. */
  cython: boolean;
  /** Whether the processor computes with bfloat16. */
  bfloat16: boolean;
  /** Seconds of repetitions in each process. */
  seconds: number;
}

const OURS = join(import.meta.dirname!, "ours.ts");
/** The program that measures the peers, and the peak memory of any. */
export const PEER = join(import.meta.dirname!, "peer.py");
const NO_BF16 = "this processor has no AVX512-BF16";

/** The ways in which PyTorch can be told to run. */
const PEERS: { name: string; flags: string[]; bf16?: boolean }[] = [
  { name: "PyTorch eager", flags: [] },
  { name: "PyTorch channels_last", flags: ["channels_last"] },
  { name: "PyTorch compile", flags: ["compile"] },
  { name: "PyTorch compile, channels_last", flags: ["compile", "channels_last"] },
  { name: "PyTorch bf16", flags: ["bf16"], bf16: true },
  { name: "PyTorch bf16, channels_last", flags: ["bf16", "channels_last"], bf16: true },
];

function ours(...args: string[]): string[] {
  const permissions = ["-R", "-W", "-E", "--allow-ffi", "--allow-sys", "--allow-run"];
  return [Deno.execPath(), "run", "-q", "--no-prompt", ...permissions, OURS, ...args];
}

function peers(bench: Bench, args: string[]): Contender[] {
  return PEERS.map(({ name, flags, bf16 }) => ({
    name,
    ours: false,
    command: [bench.python, PEER, ...args, ...flags],
    ...(bf16 && !bench.bfloat16 && { missing: NO_BF16 }),
  }));
}

/** A training step at 256x128. */
export function training(bench: Bench, width: number, batch: number): Work {
  const args = ["train", `${width}`, `${batch}`, `${bench.seconds}`];
  return {
    name: `training, width ${width}, batch ${batch}`,
    images: batch,
    contenders: [
      { name: "tfjs layers, eager", ours: false, command: ours(...args, "stock") },
      { name: "denoscapes eager", ours: true, command: ours(...args, "eager") },
      { name: "denoscapes compiled", ours: true, command: ours(...args, "compiled") },
      {
        name: "denoscapes compiled, bf16",
        ours: true,
        command: ours(...args, "bf16"),
        ...!bench.bfloat16 && { missing: NO_BF16 },
      },
      ...peers(bench, args),
    ],
  };
}

/** One image of 2048x1024 from its pixels to its label ids on disk. */
export function inference(bench: Bench, width: number): Work {
  const args = ["infer", `${width}`, `${bench.seconds}`, bench.scratch];
  return {
    name: `inference at 2048x1024, width ${width}`,
    images: 1,
    contenders: [
      { name: "denoscapes compiled", ours: true, command: ours(...args) },
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
