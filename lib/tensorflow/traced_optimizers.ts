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
  iterations_: number;
  incrementIterations(): void;
}

/** By the optimizers that have counted in traces that are being made, how far they had before. */
let counts: Map<Counting, number> | undefined;

/** Has functions that are being compiled know of the optimizers that make a step in them. */
export function noteSteps(tf: TensorFlow, binding: Binding): void {
  const counting = tf.Optimizer.prototype as unknown as Counting;
  const { incrementIterations } = counting;
  counting.incrementIterations = function (this: Optimizer & Counting) {
    binding.noteOptimizer(this);
    if (counts && !counts.has(this)) counts.set(this, this.iterations_);
    incrementIterations.call(this);
  };
  const { setLearningRate } = tf.SGDOptimizer.prototype;
  tf.SGDOptimizer.prototype.setLearningRate = function (rate) {
    // An optimizer is made with it, too.
    if (binding.isTracing && this.learningRate !== rate) {
      throw new Error(
        "Cannot compile: the function sets a learning rate; set it before the call, which counts",
      );
    }
    setLearningRate.call(this, rate);
  };
}

/**
 * Makes traces of a function. Optimizers count on from one to the next, so that they differ if the
 * function goes by the count, and after that have counted nothing.
 */
export function withoutCounting<T>(makeTraces: () => T): T {
  const before = counts;
  counts = new Map();
  try {
    return makeTraces();
  } finally {
    for (const [optimizer, count] of counts) optimizer.iterations_ = count;
    counts = before;
  }
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
