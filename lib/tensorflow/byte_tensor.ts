import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { DataType } from "./data_type.ts";
import type { TensorFlow } from "./load_package.ts";
import { nodeBackend } from "./node_backend.ts";
import { rawOp } from "./raw_op.ts";

/**
 * Copies bytes to the device as TensorFlow's uint8, which tfjs has no data type for: it takes the
 * tensor for int32, so that most of its ops fail. {@linkcode castBytes} makes of it what they take.
 *
 * @param tf The engine.
 * @param bytes In row-major order.
 * @param shape The tensor's shape.
 * @returns A tensor that the caller owns, a quarter of the size of the same numbers as int32.
 * @throws {RangeError} if there are more or fewer bytes than the shape has elements.
 */
export function byteTensor<T extends Tensor>(
  tf: TensorFlow,
  bytes: Uint8Array,
  shape: T["shape"],
): T {
  const backend = nodeBackend(tf);
  const id = backend.binding.createTensor(shape, DataType.UINT8, bytes);
  const metadata = { id, shape: [...shape], dtype: DataType.UINT8 };
  return backend.createOutputTensor(metadata) as T;
}

/**
 * The numbers of a {@linkcode byteTensor} in a data type that tfjs computes with.
 *
 * @param tf The engine.
 * @param bytes uint8.
 * @param dtype The data type.
 * @returns A tensor of the same shape that the caller owns.
 */
export function castBytes<T extends Tensor>(
  tf: TensorFlow,
  bytes: T,
  dtype: "float32" | "int32",
): T {
  return cast(tf, bytes, { from: "UINT8", to: dtype === "float32" ? "FLOAT" : "INT32" });
}

/**
 * Small whole numbers as bytes.
 *
 * @param tf The engine.
 * @param numbers int32, 0..255.
 * @returns uint8, which the caller owns.
 */
export function toBytes<T extends Tensor>(tf: TensorFlow, numbers: T): T {
  return cast(tf, numbers, { from: "INT32", to: "UINT8" });
}

function cast<T extends Tensor>(
  tf: TensorFlow,
  tensor: T,
  { from, to }: Record<"from" | "to", keyof typeof DataType>,
): T {
  const attributes = { SrcT: { type: from }, DstT: { type: to }, Truncate: false };
  return rawOp(tf, { name: "Cast", inputs: [tensor] }, { attributes })[0] as T;
}
