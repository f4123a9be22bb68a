import { hasChannelsLast } from "./convolution_settings.ts";
import { AttributeType } from "./data_type.ts";
import type { UnnamedCall } from "./op_runner.ts";
import { PassedOps } from "./passed_ops.ts";

const NORMALIZATION = "FusedBatchNormV3", RELU = "Relu", FUSED = "_FusedBatchNormEx";
/** Outputs before the last, which says what the ReLU let through and which no gradient reads. */
const STATISTICS_END = 5;
/** TensorFlow's op of both takes multiples of so many channels, as a GPU's kernel needs them. */
const CHANNELS_UNIT = 4;

/** A normalization that was added. */
interface Normalization<T> {
  call: UnnamedCall<T>;
  results: T[];
  /** Its ReLU, once there is one. */
  relu?: T;
}

/**
 * Computes a batch normalization and its ReLU in one op, which oneDNN's kernels can, so that what is
 * only normalized never goes through memory. The normalization is added to the graph before it is
 * known whether a ReLU follows: its statistics are taken from the op of both from then on, and
 * TensorFlow leaves out what nothing takes any more. Where something else takes what was normalized,
 * or took a statistic before, it is computed twice.
 */
export class FusedRelu<T extends WeakKey> extends PassedOps<T> {
  /** By what was normalized. */
  readonly #normalizations = new WeakMap<T, Normalization<T>>();
  readonly #successors = new WeakMap<T, T>();

  operation(name: string, asked: UnnamedCall<T>): T[] {
    const inputs = asked.inputs.map((input) => this.current(input));
    const after = (asked.after ?? []).map((tensor) => this.current(tensor));
    const normalization = name === RELU && this.#normalizations.get(inputs[0]!);
    if (normalization) return [normalization.relu ??= this.#fused(normalization, after)];
    const call = { ...asked, inputs, after };
    const results = this.runner.operation(name, call);
    if (name === NORMALIZATION && this.#canFuse(call)) {
      this.#normalizations.set(results[0]!, { call, results });
    }
    return results;
  }

  /** What is to be taken for a tensor: the same, or for a statistic that of a later op. */
  current(tensor: T): T {
    return this.#successors.get(tensor) ?? tensor;
  }

  #canFuse({ inputs: [images], attributes }: UnnamedCall<T>): boolean {
    const channels = this.shapeOf(images!).at(-1)!;
    return hasChannelsLast(attributes) && channels % CHANNELS_UNIT === 0;
  }

  #fused({ call, results }: Normalization<T>, after: T[]): T {
    const activation = { name: "activation_mode", type: AttributeType.STRING, value: RELU };
    const fused = this.runner.operation(FUSED, {
      ...call,
      attributes: [...call.attributes, activation],
      outputs: STATISTICS_END,
      after: [...call.after ?? [], ...after],
    });
    for (const [i, result] of results.entries()) {
      if (i === 0) continue;
      // Of the normalization alone the last is empty; the gradient would keep the other one.
      const successor = i < STATISTICS_END ? fused[i]! : this.floats([], [0]);
      this.#successors.set(result, successor);
    }
    return fused[0]!;
  }
}
