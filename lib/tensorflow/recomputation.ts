import { attributeValue } from "./op_attributes.ts";
import { FILTER_GRADIENT, NORMALIZATION, NORMALIZATION_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** Results of fewer numbers are kept. */
const LARGE_SIZE = 4 * 2 ** 20;
/** The ops of a way back that take results of the way forward which can be computed again. */
const TAKERS = [
  ...["ReluGrad", "MaxPoolGrad", NORMALIZATION_GRADIENT],
  ...[FILTER_GRADIENT, "DepthwiseConv2dNativeBackpropFilter"],
];
/**
 * The outputs of a batch normalization that its gradient takes too: on a CPU the batch's mean and its
 * variance, divided by n. On a GPU the latter is something else.
 */
const MEAN = 3, VARIANCE = 4;

/** Whether a result of a shape is so large that it pays not to keep it for the way back. */
export function isLarge(shape: number[]): boolean {
  return shape.reduce((product, size) => product * size, 1) >= LARGE_SIZE;
}

/** How results were made. */
interface Made<T> {
  call: OpCall<T>;
  results: T[];
}

/**
 * Lets large results of a training step's way forward go: its way back computes them again when it
 * needs them, from what it keeps anyway. These are ReLUs of a batch normalization, whose gradient
 * keeps what was normalized. Where another op of the way back than those that are known here takes
 * one too, it is kept as well.
 */
export class Recomputation<T extends WeakKey> {
  readonly #runner: OpRunner<T>;
  readonly #run: (call: OpCall<T>) => T[];
  readonly #made = new WeakMap<T, Made<T>>();
  readonly #again = new WeakMap<T, T>();

  /** @param run Runs an op as those that are noted were run. */
  constructor(runner: OpRunner<T>, run: (call: OpCall<T>) => T[]) {
    this.#runner = runner;
    this.#run = run;
  }

  /** Takes down how results were made. */
  note(call: OpCall<T>, results: T[]): void {
    for (const result of results) this.#made.set(result, { call, results });
  }

  /** The inputs for an op: of a way back some of them are computed again. */
  inputsOf({ name, inputs }: OpCall<T>): T[] {
    if (!TAKERS.includes(name)) return inputs;
    // Only when the gradient is there, or it would be no later than the first time.
    const others = inputs.filter((input) => !this.#isRecomputed(input));
    return inputs.map((input) => this.#computedAgain(input, others));
  }

  /** A tensor, computed again where that is cheap. */
  #computedAgain(tensor: T, after: T[]): T {
    let again = this.#again.get(tensor);
    if (again || !this.#isRecomputed(tensor)) return again ?? tensor;
    const { call } = this.#made.get(tensor)!;
    const normalized = this.#normalizedAgain(this.#normalizationOf(tensor)!, after);
    again = this.#run({ ...call, inputs: [normalized] })[0]!;
    this.#again.set(tensor, again);
    return again;
  }

  /** The result of a batch normalization, from the mean and variance that it found. */
  #normalizedAgain({ call, results }: Made<T>, after: T[]): T {
    // By a factor other than 1 it expects to be training.
    const attributes = call.attributes.filter(({ name }) => name !== "exponential_avg_factor")
      .map((attribute) =>
        attribute.name === "is_training" ? { ...attribute, value: false } : attribute
      );
    const inputs = [...call.inputs.slice(0, MEAN), results[MEAN]!, results[VARIANCE]!];
    return this.#run({ ...call, inputs, attributes, after })[0]!;
  }

  /** Whether a tensor is large and the ReLU of a batch normalization. */
  #isRecomputed(tensor: T): boolean {
    return this.#normalizationOf(tensor) !== undefined && isLarge(this.#runner.shapeOf(tensor));
  }

  /** The batch normalization of a training whose ReLU a tensor is. */
  #normalizationOf(tensor: T): Made<T> | undefined {
    const relu = this.#made.get(tensor)?.call;
    const made = relu?.name === "Relu" ? this.#made.get(relu.inputs[0]!) : undefined;
    const fits = made?.call.name === NORMALIZATION && made.results.length > VARIANCE &&
      attributeValue(made.call.attributes, "is_training");
    return fits ? made : undefined;
  }
}
