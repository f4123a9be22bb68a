import type { CApi } from "./c_api.ts";
import { bytesOf } from "./tensor_bytes.ts";

/**
 * Copies values of numbers or booleans into a tensor in memory of the C API.
 *
 * @returns The tensor, which the caller deletes.
 */
export function hostTensor(
  api: CApi,
  { shape, dtype }: { shape: number[]; dtype: number },
  values: unknown,
): Deno.PointerValue {
  const bytes = bytesOf(values, dtype, shape.reduce((product, size) => product * size, 1));
  const dims = BigInt64Array.from(shape, BigInt);
  const tensor = api.TF_AllocateTensor(dtype, dims, dims.length, BigInt(bytes.length));
  const data = api.TF_TensorData(tensor);
  if (data && bytes.length > 0) {
    new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, bytes.length)).set(bytes);
  }
  return tensor;
}
