import { hasChannelsLast } from "./convolution_settings.ts";
import { AttributeType, DataType } from "./data_type.ts";
import type { OpAttribute } from "./op_attributes.ts";
import type { Call } from "./op_runner.ts";
import { PassedOps } from "./passed_ops.ts";

const RELU = "Relu", FUSED = "_FusedBatchNormEx";
/** The older one takes float32 only; the attribute `U` of the newer is the type of its statistics. */
const NORMALIZATIONS = ["FusedBatchNorm", "FusedBatchNormV3"];
const FUSED_OUTPUTS = 6;
/** TensorFlow's op of both takes multiples of so many channels. */
const CHANNELS_UNIT = 4;
const STATISTICS_TYPE = { name: "U", type: AttributeType.TYPE, value: DataType.FLOAT };

type UnnamedCall<T> = Omit<Call<T>, "name">;

/**
 * Computes a batch normalization and its ReLU in one op, which oneDNN's kernels can, so that what is
 * only normalized never goes through memory. The normalization is added to the graph before it is
 * known whether a ReLU follows: its statistics are taken from the op of both from then on, and
 * TensorFlow leaves out what nothing takes any more.
 */
export class FusedRelu<T extends WeakKey> extends PassedOps<T> {
  /** By what was normalized, the normalization and its results. */
  readonly #normalizations = new WeakMap<T, { call: UnnamedCall<T>; results: T[] }>();
  readonly #successors = new WeakMap<T, T>();

  operation(name: string, asked: UnnamedCall<T>): T[] {
    const normalization = name === RELU && this.#normalizations.get(asked.inputs[0]!);
    if (normalization) return [this.#fused(normalization)];
    const inputs = asked.inputs.map((input) => this.current(input));
    const after = (asked.after ?? []).map((tensor) => this.current(tensor));
    const call = { ...asked, inputs, after };
    const results = this.runner.operation(name, call);
    if (NORMALIZATIONS.includes(name) && this.#canFuse(call)) {
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

  #fused({ call, results }: { call: UnnamedCall<T>; results: T[] }): T {
    const attributes: OpAttribute[] = [
      ...call.attributes.filter(({ name }) => name !== STATISTICS_TYPE.name),
      STATISTICS_TYPE,
      { name: "activation_mode", type: AttributeType.STRING, value: RELU },
    ];
    const fused = this.runner.operation(FUSED, { ...call, attributes, outputs: FUSED_OUTPUTS });
    for (const [i, statistic] of results.entries()) {
      if (i > 0) this.#successors.set(statistic, fused[i]!);
    }
    return fused[0]!;
  }
}
