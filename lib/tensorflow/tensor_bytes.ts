import { DataType } from "./data_type.ts";

/** Values of a tensor in JavaScript, as tfjs-node-gpu hands them over and takes them back. */
export type TensorValues =
  | Float32Array
  | Int32Array
  | Uint8Array
  | BigInt64Array
  | Uint8Array[];

/** The bytes of one element of the data types that are not strings. */
const WIDTHS: Record<number, number> = {
  [DataType.FLOAT]: 4,
  [DataType.INT32]: 4,
  [DataType.UINT8]: 1,
  [DataType.COMPLEX64]: 8,
  [DataType.INT64]: 8,
  [DataType.BOOL]: 1,
};

/**
 * The bytes of a tensor whose elements are numbers or booleans.
 *
 * @param values A typed array, or (where tfjs passes one on from the user) a plain one. int64
 *   elements are pairs of 32-bit words in an `Int32Array`, lower word first.
 * @param dtype The tensor's data type.
 * @param count How many elements the tensor's shape has.
 * @throws {RangeError} if there are more or fewer elements than `count`.
 * @throws {TypeError} for a data type that cannot be made from JavaScript.
 */
export function bytesOf(values: unknown, dtype: number, count: number): Uint8Array {
  const width = WIDTHS[dtype];
  if (width === undefined) {
    throw new TypeError(`Cannot make a tensor of TensorFlow's data type ${dtype}`);
  }
  const view = ArrayBuffer.isView(values) ? values : typedArray(values as number[], dtype);
  if (view.byteLength !== count * width) {
    throw new RangeError(
      `Cannot make a tensor: its shape has ${count} elements (${count * width} bytes), ` +
        `its values have ${view.byteLength} bytes`,
    );
  }
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

function typedArray(values: number[], dtype: number): ArrayBufferView {
  if (dtype === DataType.INT32) return Int32Array.from(values);
  if (dtype === DataType.BOOL || dtype === DataType.UINT8) return Uint8Array.from(values);
  if (dtype === DataType.INT64) return BigInt64Array.from(values, BigInt);
  return Float32Array.from(values);
}

/**
 * The values in a tensor's bytes, in the array type that tfjs-node's own addon returns.
 *
 * @param bytes The tensor's bytes; the result keeps them.
 * @throws {TypeError} for a data type that JavaScript has no array for.
 */
export function valuesOf(bytes: ArrayBuffer, dtype: number): TensorValues {
  switch (dtype) {
    case DataType.FLOAT:
    case DataType.COMPLEX64:
      return new Float32Array(bytes);
    case DataType.INT32:
      return new Int32Array(bytes);
    case DataType.INT64:
      return new BigInt64Array(bytes);
    case DataType.BOOL:
    case DataType.UINT8:
    case DataType.RESOURCE:
      return new Uint8Array(bytes);
    default:
      throw new TypeError(`Cannot read a tensor of TensorFlow's data type ${dtype}`);
  }
}
