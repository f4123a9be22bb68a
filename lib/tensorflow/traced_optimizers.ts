import type { Optimizer } from "@tensorflow/tfjs-node-gpu";
import type { Binding } from "./binding.ts";
import type { TensorFlow } from "./load_package.ts";

/** An optimizer of tfjs that a compiled function uses. */
export interface TracedOptimizer {
  optimizer: Optimizer;
  /** Its learning rate and what else it had been given when the function was traced, as text. */
  settings: string;
}

/** What optimizers count their iterations by, which `getWeights()` gives and goes into what they save. */
interface Counting {
  incrementIterations(): void;
}

/** Has optimizers leave it to a function that is being compiled to count an iteration at each call. */
export function countCalls(tf: TensorFlow, binding: Binding): void {
  const counting = tf.Optimizer.prototype as unknown as Counting;
  const { incrementIterations } = counting;
  counting.incrementIterations = function (this: Optimizer & Counting) {
    if (!binding.noteOptimizer(this)) incrementIterations.call(this);
  };
}

/** Counts an iteration. */
export function countIteration({ optimizer }: TracedOptimizer): void {
  (optimizer as unknown as Counting).incrementIterations();
}

/** An optimizer as it is now. */
export function tracedOptimizer(optimizer: Optimizer): TracedOptimizer {
  return { optimizer, settings: JSON.stringify(optimizer.getConfig()) };
}

/** Whether an optimizer is still what it was when the function was traced. */
export function isUnchanged({ optimizer, settings }: TracedOptimizer): boolean {
  return tracedOptimizer(optimizer).settings === settings;
}
