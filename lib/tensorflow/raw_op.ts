import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { AttributeType, DataType } from "./data_type.ts";
import type { TensorFlow } from "./load_package.ts";
import { nodeBackend } from "./node_backend.ts";
import type { OpAttribute } from "./op_attributes.ts";
import { type OpArgument, opSignature } from "./op_signature.ts";

/** The value of an op's attribute: its JavaScript type, or for a number its field, says the kind. */
export type AttributeValue =
  | string
  | boolean
  | { int: number | number[] }
  | { float: number }
  | { shape: number[] }
  | { type: keyof typeof DataType };

/** Options of {@linkcode rawOp}. */
export interface RawOpOptions {
  /** The op's attributes; see TensorFlow's op registry for their names. */
  attributes?: Record<string, AttributeValue>;
  /**
   * How many outputs the op has.
   *
   * @default {1}
   */
  outputs?: number;
}

/**
 * Runs an op of TensorFlow that tfjs has no function for. It has no gradient; wrap it in
 * `tf.customGrad` to give it one.
 *
 * @param tf The engine.
 * @param call The op's name, such as `"FusedBatchNormV3"`, and its inputs.
 * @returns The op's outputs, which the caller owns.
 * @throws {TensorFlowError} with TensorFlow's message.
 * @throws {RangeError} if the op takes or gives another number of tensors.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { engine } from "./engine.ts";
 * import { rawOp } from "./raw_op.ts";
 *
 * const tf = await engine();
 * const [sum] = rawOp(tf, { name: "AddV2", inputs: [tf.scalar(1), tf.scalar(2)] }, {
 *   attributes: { T: { type: "FLOAT" } },
 * });
 * assertEquals(sum!.dataSync()[0], 3);
 * ```
 */
export function rawOp(
  tf: TensorFlow,
  call: { name: string; inputs: Tensor[] },
  options: RawOpOptions = {},
): Tensor[] {
  const { attributes = {}, outputs = 1 } = options;
  const backend = nodeBackend(tf), { name, inputs } = call;
  const takes = opSignature(backend.binding.context, name);
  checkCount(`${name} of ${inputs.length} inputs`, inputs.length, takes.inputs, attributes);
  checkCount(`${name} for ${outputs} outputs`, outputs, takes.outputs, attributes);
  const list = Object.entries(attributes).map(([name, value]) => opAttribute(name, value));
  return backend.executeMultipleOutputs(name, list, inputs, outputs);
}

/** TensorFlow would end the process where it is asked for tensors that there are not. */
function checkCount(
  what: string,
  count: number,
  args: OpArgument[],
  attributes: Record<string, AttributeValue>,
): void {
  const counts = args.map(({ list }) => list === undefined ? 1 : intOf(attributes[list]));
  const least = counts.reduce<number>((sum, count) => sum + (count ?? 0), 0);
  const isLeast = counts.includes(undefined);
  if (isLeast ? count >= least : count === least) return;
  throw new RangeError(`Cannot run ${what}: expected ${isLeast ? "at least " : ""}${least}`);
}

function intOf(value: AttributeValue | undefined): number | undefined {
  return typeof value === "object" && "int" in value && typeof value.int === "number"
    ? value.int
    : undefined;
}

function opAttribute(name: string, value: AttributeValue): OpAttribute {
  if (typeof value === "string") return { name, type: AttributeType.STRING, value };
  if (typeof value === "boolean") return { name, type: AttributeType.BOOL, value };
  if ("int" in value) return { name, type: AttributeType.INT, value: value.int };
  if ("shape" in value) return { name, type: AttributeType.SHAPE, value: value.shape };
  if ("float" in value) return { name, type: AttributeType.FLOAT, value: value.float };
  return { name, type: AttributeType.TYPE, value: DataType[value.type] };
}
