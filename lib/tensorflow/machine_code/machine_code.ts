// Kernels of ours for x86-64, written at run time by an assembler in TypeScript, and how they get into
// TensorFlow's graph:
//
// 1. An op of ours is registered once in TensorFlow (`kernel_op.ts`): its kernel is a few instructions
//    (`kernel_op_code.ts`) that collect the addresses of the op's tensors and jump to where the op's
//    attribute `task` says.
// 2. When a convolution, for example, is traced, or run by itself, a plan for its sizes is made
//    (`winograd_plan.ts`, `patch_plan.ts`, `bfloat16_plan.ts`), and code for the plan
//    (`winograd_code.ts`, `patch_code.ts`, `patch_gradient.ts`, `bfloat16_code.ts`,
//    `bfloat16_gradient.ts`); code for a normalization, a pooling, a cross-entropy or an update by Adam
//    needs none. Code is kept by its sizes and shared (`MachineCode`), as long as a graph uses
//    it (`CodeUse`).
// 3. Work is divided into tasks (`task.ts`), one for each thread: of each a record in memory says what
//    is its own. Code is called with the array of addresses in RDI and its task's record in RSI
//    (`task_frame.ts`).
// 4. `OpBuilder` puts an op for each task into the graph. A kernel cannot allocate, so what it writes
//    into is one of its inputs, the last: an `Empty` op's result, which the op gives back, and whose
//    shape it has. An op that takes those of all tasks (`written`) makes whoever uses the result wait
//    for all of them.
//
// `Assembler` has registers and jumps, `VectorAssembler` what AVX2 and AVX-512 have in common,
// `Avx2Assembler` more of AVX2, `Bfloat16Assembler` AMX.

import type { CApi } from "../c_api.ts";
import type { AdamOptions } from "./adam_code.ts";
import { adamTasks } from "./adam_tasks.ts";
import { registerKernelOps } from "./kernel_op.ts";
import type { LogitsShape } from "./logits_rows.ts";
import { logitsTasks, type LogitsWork } from "./logits_tasks.ts";
import { mayUseTiles } from "./native_memory.ts";
import type { NormalizationWork } from "./normalization_code.ts";
import type { NormalizationShape } from "./normalization_frame.ts";
import { type NormalizationOptions, normalizationTasks } from "./normalization_tasks.ts";
import type { Tasks } from "./task.ts";
import type { VectorIsa } from "./vector_assembler.ts";
import type { Bfloat16Shape } from "./bfloat16_plan.ts";
import { bfloat16Tasks } from "./bfloat16_tasks.ts";
import type { ConvolutionWork, WinogradShape } from "./convolution_shape.ts";
import type { ConvolutionTasks } from "./convolution_tasks.ts";
import { type PatchShape, pixelsAtOnce } from "./patch_plan.ts";
import { patchTasks } from "./patch_tasks.ts";
import type { PoolingShape, PoolingWork } from "./pooling_code.ts";
import { poolingTasks } from "./pooling_tasks.ts";
import { winogradTasks } from "./winograd_tasks.ts";

/** Makes machine code for this processor, which TensorFlow runs as an op. */
export class MachineCode {
  /** The vectors that the code computes with. */
  readonly isa: VectorIsa;
  /** Into how many tasks work is divided at most. */
  readonly threads: number;
  /** Whether the processor has AMX, and the system lets a program use it. */
  readonly hasBfloat16: boolean;
  readonly #made = new Map<string, { tasks: Tasks; users: number }>();

  constructor(isa: VectorIsa, threads: number, { hasBfloat16 = false } = {}) {
    this.isa = isa;
    this.threads = threads;
    this.hasBfloat16 = hasBfloat16;
  }

  /**
   * Prepares TensorFlow for machine code.
   *
   * @param path The library whose functions `api` are.
   * @returns `undefined` where the system does not let a program write code, or where TensorFlow lacks
   *   what it takes.
   */
  static in(
    api: CApi,
    path: string,
    { isa, threads, hasBfloat16 }: { isa: VectorIsa; threads: number; hasBfloat16: boolean },
  ): MachineCode | undefined {
    if (!registerKernelOps(api, path)) return undefined;
    return new MachineCode(isa, threads, { hasBfloat16: hasBfloat16 && mayUseTiles() });
  }

  /** How many pieces of code are in use. */
  get size(): number {
    return this.#made.size;
  }

  /** Begins a use of machine code, for a graph that is being made. */
  use(): CodeUse {
    return new CodeUse(this);
  }

  /** Gives code that was made before, or makes it. */
  take<T extends Tasks>(key: string, make: () => T): T {
    let made = this.#made.get(key);
    if (!made) this.#made.set(key, made = { tasks: make(), users: 0 });
    made.users++;
    return made.tasks as T;
  }

  /** Gives code back, which is freed once nobody uses it. */
  release(key: string): void {
    const made = this.#made.get(key)!;
    if (--made.users > 0) return;
    made.tasks[Symbol.dispose]();
    this.#made.delete(key);
  }
}

/** What machine code a graph uses, until it is disposed. */
export class CodeUse implements Disposable {
  readonly #code: MachineCode;
  readonly #taken = new Map<string, Tasks>();

  constructor(code: MachineCode) {
    this.#code = code;
  }

  get threads(): number {
    return this.#code.threads;
  }

  /** Whether there is code that computes with bfloat16. */
  get hasBfloat16(): boolean {
    return this.#code.hasBfloat16;
  }

  /** The tasks of a convolution with a filter of 3x3 that keeps the size, or of its gradient. */
  winograd(work: ConvolutionWork, shape: WinogradShape): ConvolutionTasks {
    return this.#take(["winograd", work, shape], () => winogradTasks(work, shape, this.#code));
  }

  /** The tasks of a convolution of patches that do not overlap, or of its gradient. */
  patches(work: ConvolutionWork, shape: PatchShape): ConvolutionTasks {
    return this.#take(["patches", work, shape], () => patchTasks(work, shape, this.#code));
  }

  /** Of how many pixels, or a multiple, rows must be for {@linkcode patches}. */
  pixelsAtOnce(work: ConvolutionWork, shape: PatchShape): number {
    return pixelsAtOnce(work, shape, this.#code.isa);
  }

  /** The tasks of a convolution in bfloat16, or of its gradient, by AMX. */
  bfloat16(work: ConvolutionWork, shape: Bfloat16Shape): ConvolutionTasks {
    return this.#take(["bfloat16", work, shape], () => bfloat16Tasks(work, shape, this.#code));
  }

  /** The tasks of some work of a batch normalization: one for each part of the pixels, if it goes by them. */
  normalization(
    work: NormalizationWork,
    shape: NormalizationShape,
    options: NormalizationOptions,
  ): Tasks {
    return this.#take(
      ["normalization", work, shape, options],
      () => normalizationTasks(work, shape, this.#code, options),
    );
  }

  /** The tasks of some work on rows of logits. */
  logits(work: LogitsWork, shape: LogitsShape): Tasks {
    return this.#take(["logits", work, shape], () => logitsTasks(work, shape, this.#code));
  }

  /** The tasks of max pooling with windows of 2x2, or of its gradient. */
  pooling(work: PoolingWork, shape: PoolingShape): Tasks {
    return this.#take(["pooling", work, shape], () => poolingTasks(work, shape, this.#code));
  }

  /** The tasks of an update of so many numbers by Adam. */
  adam(size: number, options: AdamOptions): Tasks {
    return this.#take(["adam", size, options], () => adamTasks(size, this.#code, options));
  }

  /** Uses what another graph uses too, because that is called. */
  share(other: CodeUse): void {
    for (const [key, tasks] of other.#taken) {
      if (!this.#taken.has(key)) this.#taken.set(key, this.#code.take(key, () => tasks));
    }
  }

  /** Frees code that nobody else uses; no graph with it may be run any more. */
  [Symbol.dispose](): void {
    for (const key of this.#taken.keys()) this.#code.release(key);
    this.#taken.clear();
  }

  #take<T extends Tasks>(what: unknown[], make: () => T): T {
    const key = JSON.stringify(what);
    let tasks = this.#taken.get(key) as T | undefined;
    if (!tasks) this.#taken.set(key, tasks = this.#code.take(key, make));
    return tasks;
  }
}
