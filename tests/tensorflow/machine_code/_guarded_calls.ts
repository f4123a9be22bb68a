// Calls machine code on memory that begins or ends beside pages that nobody may touch: a process in which
// code reads or writes beyond a tensor dies. What is to be written is no number before: code that leaves
// out some of it, or takes scratch memory for zeros, gives what is none. For each call it says beforehand
// what is called.
//   _guarded_calls.ts SEED CASES

import { AVX2, AVX512, BFLOAT16_FEATURES } from "../../../lib/tensorflow/machine_code/mod.ts";
import { bfloat16Tasks } from "../../../lib/tensorflow/machine_code/bfloat16_tasks.ts";
import { mayUseTiles } from "../../../lib/tensorflow/machine_code/native_memory.ts";
import type { NormalizationWork } from "../../../lib/tensorflow/machine_code/mod.ts";
import { normalizationTasks } from "../../../lib/tensorflow/machine_code/normalization_tasks.ts";
import { adamTasks } from "../../../lib/tensorflow/machine_code/adam_tasks.ts";
import { poolingTasks } from "../../../lib/tensorflow/machine_code/pooling_tasks.ts";
import { logitsTasks } from "../../../lib/tensorflow/machine_code/logits_tasks.ts";
import { patchTasks } from "../../../lib/tensorflow/machine_code/patch_tasks.ts";
import type { Tasks } from "../../../lib/tensorflow/machine_code/task.ts";
import { winogradTasks } from "../../../lib/tensorflow/machine_code/winograd_tasks.ts";
import { hasFeature } from "../../../lib/tensorflow/one_dnn.ts";

const PAGE = 4096, FLOAT_BYTES = 4;
const NONE = 0, READ_WRITE = 3, PRIVATE_ANONYMOUS = 0x22;
const libc = Deno.dlopen("libc.so.6", {
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
}).symbols;

const SIGNATURE = { parameters: ["buffer", "pointer"], result: "void" } as const;

let mapped: [Deno.PointerValue, bigint][] = [];

/** Memory with a page before and after it that may not be touched, close to the one or the other. */
function guarded(bytes: number, place: "start" | "end"): bigint {
  const size = BigInt((Math.ceil(bytes / PAGE) + 2) * PAGE), page = BigInt(PAGE);
  const memory = libc.mmap(null, size, READ_WRITE, PRIVATE_ANONYMOUS, -1, 0n);
  const address = Deno.UnsafePointer.value(memory), last = address + size - page;
  mapped.push([memory, size]);
  libc.mprotect(memory, page, NONE);
  libc.mprotect(Deno.UnsafePointer.create(last), page, NONE);
  return place === "end" ? last - BigInt(bytes) : address + page;
}

/** The bytes of tensors that tasks take and write; the result is the last of them. */
interface Tensors {
  taken: number[];
  written: number[];
  /** Whether the result is in bfloat16. */
  rounded?: boolean;
  /** Whether all that is written is bytes, or is changed, so that it is not looked at. */
  unseen?: boolean;
}

/** Runs all tasks on tensors. */
function call(tasks: Tasks, { taken, written, rounded = false, unseen = false }: Tensors): void {
  for (const place of ["start", "end"] as const) {
    const addresses = BigUint64Array.from(
      [...taken, ...written],
      (bytes) => guarded(bytes, place),
    );
    const views = written.map((bytes, i) => viewOf(addresses[taken.length + i]!, bytes).fill(0xff));
    for (const address of tasks.addresses) {
      const task = Deno.UnsafePointer.create(address)!;
      const code = new Deno.UnsafePointerView(task).getBigUint64();
      const pointer = Deno.UnsafePointer.create<typeof SIGNATURE>(code)!;
      new Deno.UnsafeFnPointer(pointer, SIGNATURE).call(addresses, task);
    }
    if (!unseen && !areAllNumbers(views.at(-1)!, rounded)) {
      throw new Error("Not all of the result is a number");
    }
    mapped.forEach(([memory, size]) => libc.munmap(memory, size));
    mapped = [];
  }
  tasks[Symbol.dispose]();
}

function viewOf(address: bigint, bytes: number): Uint8Array<ArrayBuffer> {
  const pointer = Deno.UnsafePointer.create(address)!;
  return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(pointer, bytes));
}

/** Whether all numbers are finite, of float32 or of its upper half, bfloat16. */
function areAllNumbers(bytes: Uint8Array, rounded: boolean): boolean {
  const numbers = new Uint16Array(bytes.slice().buffer);
  return numbers.every((half, i) => !rounded && i % 2 === 0 || (half & 0x7f80) !== 0x7f80);
}

const [seed, cases] = Deno.args.map(Number) as [number, number];
let state = seed;
/** A whole number below a limit, by Lehmer's generator (Park and Miller 1988). */
const draw = (limit: number) => (state = state * 48271 % 0x7fffffff) % limit;
const choose = <T>(from: readonly T[]) => from[draw(from.length)]!;
const tell = (...what: unknown[]) =>
  Deno.stdout.writeSync(new TextEncoder().encode(`${JSON.stringify(what)}\n`));

const hasBfloat16 = BFLOAT16_FEATURES.every((name) => hasFeature(name)) && mayUseTiles();
const isas = hasFeature("avx512f") ? [AVX2, AVX512] : [AVX2];
const CHANNELS = [16, 16, 32, 48, 80, 112, 208, 512];
for (let i = 0; i < cases; i++) {
  const [isa, threads] = [choose(isas), choose([1, 2, 3, 7, 64])];
  const [channels, filters] = [choose(CHANNELS), choose(CHANNELS)];
  const [batch, height] = [1 + draw(3), 1 + draw(14)];
  const width = 1 + draw(choose([14, 14, 14, 14, 14, 600]));
  const pixels = batch * height * width;

  const work = choose(["convolution", "turnedConvolution", "filterGradient"] as const);
  const shape = { batch, height, width, channels, filters };
  const parts = [1, 2, 3, 4].filter((count) => channels % (16 * count) === 0);
  const joined = work === "turnedConvolution" ? 1 : choose(parts);
  const isScaled = work !== "filterGradient" && draw(2) === 1;
  const then = isScaled ? choose(["scaled", "scaled, ReLU"] as const) : "nothing";
  tell(work, shape, joined, then, threads, isa.name);
  const tasks = winogradTasks(work, { ...shape, joined, then }, { isa, threads });
  const [images, result, filter] = [pixels * channels, pixels * filters, 9 * channels * filters]
    .map((numbers) => numbers * FLOAT_BYTES) as [number, number, number];
  const [other, written] = work === "filterGradient" ? [result, filter] : [filter, result];
  const scales = isScaled ? [2 * filters * FLOAT_BYTES] : [];
  const parted = Array<number>(joined).fill(images / joined);
  call(tasks, { taken: [...parted, other, ...scales], written: [tasks.scratchBytes, written] });

  const stride = 2 + draw(2), patch = { ...shape, width: 16 * Math.ceil(width / 16), stride };
  tell("patches", work, patch, threads, isa.name);
  const ofPatches = patchTasks(work, patch, { isa, threads });
  const small = batch * height * patch.width * FLOAT_BYTES, area = stride ** 2;
  const large = small * area * channels, weights = area * channels * filters * FLOAT_BYTES;
  const sides = {
    convolution: [large, weights, small * filters],
    turnedConvolution: [small * filters, weights, large],
    filterGradient: [large, small * filters, weights],
  }[work] as [number, number, number];
  call(ofPatches, {
    taken: sides.slice(0, 2),
    written: [ofPatches.scratchBytes, sides[2]],
  });

  if (hasBfloat16) {
    const isTurned = work === "turnedConvolution", step = 2 + draw(2);
    const kinds = [
      { down: 3, across: 3, step: 1, parts: 1 },
      isTurned
        ? { down: 1, across: 1, step: 1, parts: step }
        : { down: step, across: 1, step, parts: 1 },
    ];
    for (const kind of kinds) {
      const bias = work !== "filterGradient" && draw(2) === 1;
      const of = { ...shape, ...kind, filters: filters * kind.parts, bias };
      tell("bfloat16", work, of, threads);
      const tasks = bfloat16Tasks(work, of, { threads });
      const [images, result] = [pixels * channels * 2 * of.step, pixels * of.filters * 2] as const;
      const filter = of.down * of.across * channels * of.filters * FLOAT_BYTES;
      const [other, written] = work === "filterGradient" ? [result, filter] : [filter, result];
      const added = bias ? [filters * FLOAT_BYTES] : [];
      call(tasks, {
        taken: [images, other, ...added],
        written: [tasks.scratchBytes, written],
        rounded: work !== "filterGradient",
      });
    }
  }

  const pooling = choose(["largest", "gradient"] as const), halved = draw(2) === 1;
  const windows = { rows: batch * height, columns: width, channels, rounded: halved };
  const pooled = pixels * channels * (halved ? 2 : FLOAT_BYTES);
  tell(pooling, windows, threads);
  call(poolingTasks(pooling, windows, { threads }), {
    taken: pooling === "largest" ? [4 * pooled] : [4 * pooled, pooled, pooled],
    written: [pooling === "largest" ? pooled : 4 * pooled],
    rounded: halved,
  });

  const classes = 1 + draw(64), logits = pixels * classes * FLOAT_BYTES;
  const perRow = pixels * FLOAT_BYTES, size = 1 + draw(choose([30, 1 << 18]));
  tell("logits", pixels, classes, threads);
  call(logitsTasks("crossEntropy", { rows: pixels, classes }, { threads }), {
    taken: [logits, perRow, perRow],
    written: [2 * perRow, logits],
  });
  call(logitsTasks("largestClass", { rows: pixels, classes }, { threads }), {
    taken: [logits],
    written: [pixels],
    unseen: true,
  });
  tell("adam", size, threads);
  const options = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
  const numbers = size * FLOAT_BYTES;
  call(adamTasks(size, { threads }, options), {
    taken: [numbers, 2 * FLOAT_BYTES, numbers],
    written: [numbers, numbers, numbers],
    unseen: true,
  });

  const count = 1 + draw(Math.min(5, pixels)), row = channels * FLOAT_BYTES;
  const sums = (rows: number) => Array<number>(count).fill(rows * row);
  const tensorsOf = (images: number): Record<NormalizationWork, number[]> => {
    const gradient = [images, images, row, row, row, row];
    return {
      sums: [images, 3 * row],
      normalize: [images, row, row, ...sums(3), images],
      normalizeAgain: [images, row, row, row, row, images],
      scales: [row, row, row, row, 2 * row],
      statistics: [row, row, ...sums(3), 4 * row],
      gradientSums: [...gradient, 2 * row],
      gradient: [...gradient, ...sums(2), images],
      weightGradients: [row, ...sums(2), 2 * row],
      columnSums: [images, row],
    };
  };
  for (const rounded of hasBfloat16 && isa === AVX512 ? [false, true] : [false]) {
    for (const [name, sizes] of Object.entries(tensorsOf(rounded ? images / 2 : images))) {
      const of = {
        pixels,
        channels,
        parts: count,
        relu: draw(2) === 1,
        averages: draw(2) === 1,
        rounded,
      };
      tell(name, of, isa.name);
      const options = { epsilon: 1e-3, share: 0.1 };
      const isOfImages = ["normalize", "normalizeAgain", "gradient"].includes(name);
      call(normalizationTasks(name as NormalizationWork, of, { isa }, options), {
        taken: sizes.slice(0, -1),
        written: sizes.slice(-1),
        rounded: rounded && isOfImages,
      });
    }
  }
}
tell("done");
