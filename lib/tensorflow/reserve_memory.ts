import type { EagerContext } from "./eager_context.ts";
import { EagerOps } from "./eager_ops.ts";
import { OpBuilder } from "./op_builder.ts";
import { TensorFlowError } from "./tensorflow_error.ts";

/** Tensors of fewer numbers fit into what others leave. */
const LARGE_SIZE = 16 << 20;
/** So many of its size are there at once where a U-Net joins its channels: two, and the result. */
const COUNT = 3;

/**
 * Has TensorFlow take memory in one piece for the tensors of a function that computes with large ones.
 * It would take it in pieces that double, and what is left of each beside a large tensor is too small
 * for another (a prediction for 2048x1024 took a quarter more). What is reserved and not used is no
 * memory yet; where there is not as much, TensorFlow goes on as it does.
 *
 * @param size How many numbers the largest tensor has.
 */
export function reserveMemory(context: EagerContext, size: number): void {
  if (!context.byOneDnn || size < LARGE_SIZE) return;
  using ops = new EagerOps(context);
  try {
    new OpBuilder(ops).empty([COUNT, size]);
  } catch (error) {
    if (!(error instanceof TensorFlowError)) throw error;
  }
}
