import { mapCode, unmapCode, zeros } from "./native_memory.ts";

/**
 * What code is called with besides its tensors: numbers of 64 bits, at these offsets in bytes. `code` is
 * where it is itself; `units` is where the units of its work are, or which is the first, and `unitCount`
 * how many there are; `blocks` and `blockCount` say the same of blocks of channels. `constants` is where
 * its constants are, and at `zeros` are many.
 */
export const TASK = {
  code: 0,
  units: 8,
  unitCount: 16,
  blocks: 24,
  blockCount: 32,
  constants: 40,
  zeros: 48,
} as const;
const TASK_BYTES = 56;

/** Some numbers of a task. */
export type TaskFields = Partial<Record<keyof typeof TASK, bigint>>;

/** What a processor reads together; vectors that lie in two such lines are read more slowly. */
export const LINE_BYTES = 64;

/** As many as the longest row of images that is worked on at once has. */
export const ZERO_BYTES = 1 << 26;
let zero: bigint | undefined;

/** How much scratch memory all tasks of one convolution take at most. */
const MOST_SCRATCH_BYTES = 512 << 20;

/** How many tasks there may be, of which each takes so much scratch memory. */
export function tasksWithin(scratchBytes: number): number {
  return Math.max(1, Math.floor(MOST_SCRATCH_BYTES / scratchBytes));
}

/** Parts of so many things that are as large as each other, but for one. */
export function shares(all: number, count: number): { start: number; length: number }[] {
  const startOf = (i: number) => Math.floor(all * i / count);
  return Array.from(
    { length: count },
    (_, i) => ({ start: startOf(i), length: startOf(i + 1) - startOf(i) }),
  );
}

/** Work that tasks divide among them. */
export interface DividedWork {
  /** How many units there are, and the bytes of what is known of each. */
  units: number;
  unitBytes: number;
  blocks: number;
  /** Whether tasks share the blocks, not the units. */
  byBlocks: boolean;
}

/** What each of some tasks works on: some of the units, or some of the blocks. */
export function dividedTasks(
  { units, unitBytes, blocks, byBlocks }: DividedWork,
  most: number,
): TaskFields[] {
  const nothing = zero ??= zeros(ZERO_BYTES);
  if (nothing === undefined) throw new Error("Cannot run machine code: the system refuses memory");
  const shared = byBlocks ? blocks : units;
  return shares(shared, Math.min(most, shared)).map(({ start, length }) => {
    const [unit, unitCount] = byBlocks ? [0, units] : [start, length];
    const [block, blockCount] = byBlocks ? [start, length] : [0, blocks];
    return {
      units: BigInt(unit * unitBytes),
      unitCount: BigInt(unitCount),
      blocks: BigInt(block),
      blockCount: BigInt(blockCount),
      zeros: nothing,
    };
  });
}

/** Code, and the tasks that it is called with. */
export class Tasks implements Disposable {
  /** The addresses of the tasks. */
  readonly addresses: bigint[];
  readonly #memory: { address: bigint; bytes: number };

  /**
   * @param arrays What tasks tell the addresses of.
   * @param fields Of each task what else it tells; of `units` how far from there its own are.
   * @throws {Error} if the system does not let a program write code.
   */
  constructor(
    code: Uint8Array<ArrayBuffer>,
    arrays: Partial<Record<keyof typeof TASK, ArrayBufferView<ArrayBuffer>>>,
    fields: TaskFields[],
  ) {
    let bytes = 0;
    const place = (length: number) => {
      const start = bytes;
      bytes += Math.ceil(length / LINE_BYTES) * LINE_BYTES;
      return start;
    };
    const start = place(code.length);
    const parts = Object.entries(arrays).map(([name, { buffer, byteOffset, byteLength }]) => ({
      name,
      bytes: new Uint8Array(buffer, byteOffset, byteLength),
      start: place(byteLength),
    }));
    const tasks = fields.map((of) => ({ of, start: place(TASK_BYTES) }));
    const address = mapCode(bytes, (memory, address) => {
      const at = (start: number) => address + BigInt(start);
      memory.set(code, start);
      parts.forEach(({ bytes, start }) => memory.set(bytes, start));
      const shared: TaskFields = Object.fromEntries(
        parts.map(({ name, start }) => [name, at(start)]),
      );
      for (const { of, start: task } of tasks) {
        const units = (shared.units ?? 0n) + (of.units ?? 0n);
        const values = { ...shared, ...of, units, code: at(start) };
        const view = new DataView(memory.buffer, task);
        for (const [name, value] of Object.entries(values)) {
          view.setBigInt64(TASK[name as keyof typeof TASK], value, true);
        }
      }
    });
    if (address === undefined) {
      throw new Error(
        "Cannot run machine code: the system refuses memory for it; engine({ machineCode: false }) " +
          "does without",
      );
    }
    this.#memory = { address, bytes };
    this.addresses = tasks.map(({ start }) => address + BigInt(start));
  }

  /** Frees the code; no task may be run any more. */
  [Symbol.dispose](): void {
    unmapCode(this.#memory.address, this.#memory.bytes);
  }
}
