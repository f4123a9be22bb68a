import type { EagerContext } from "./eager_context.ts";
import { EagerOps } from "./eager_ops.ts";
import { FLOAT_BYTES } from "./machine_code/mod.ts";
import { readSystemText } from "./native_library.ts";
import { OpBuilder } from "./op_builder.ts";

/** Tensors of fewer numbers fit into what others leave. */
const LARGE_SIZE = 32 << 20;
/** So many of its size are there at once where a U-Net joins its channels: two, and the result. */
const COUNT = 3;
/** Of more than this share of what is free TensorFlow may be refused memory that it needs later. */
const SHARE = 0.25;

/** How much was reserved for functions of a context. */
const reserved = new WeakMap<EagerContext, number>();

/**
 * Has TensorFlow take memory in one piece for the tensors of a function that computes with large ones.
 * It would take it in pieces that double, and what is left of each beside a large tensor is too small
 * for another: a prediction for 2048x1024 took a quarter more. What is reserved and not used is no
 * memory yet.
 *
 * @param name The function's.
 */
export function reserveMemory(context: EagerContext, name: string): void {
  const size = context.functions.get(name)!.largestSize, bytes = COUNT * size * FLOAT_BYTES;
  const isEnough = (reserved.get(context) ?? 0) >= bytes;
  if (!context.byOneDnn || size < LARGE_SIZE || isEnough || bytes > SHARE * freeBytes()) return;
  reserved.set(context, bytes);
  using ops = new EagerOps(context);
  new OpBuilder(ops).empty([COUNT, size]);
}

/** How much memory the system could give; 0 where it does not say. */
function freeBytes(): number {
  const [, kilobytes = "0"] = /^MemAvailable:\s*(\d+)/m.exec(readSystemText("/proc/meminfo")) ?? [];
  return Number(kilobytes) * 1024;
}
