import type { CApi } from "./c_api.ts";
import { DataType } from "./data_type.ts";

/** The bytes of one `TF_TString` (`tensorflow/core/platform/ctstring_internal.h`). */
const STRING_BYTES = 24;

/**
 * Makes a tensor of byte strings in memory of the C API.
 *
 * @returns The tensor; free its strings with {@linkcode releaseStrings} before deleting it.
 */
export function writeStrings(
  api: CApi,
  shape: number[],
  values: Uint8Array[],
): Deno.PointerValue {
  const count = shape.reduce((product, size) => product * size, 1);
  if (values.length !== count) {
    throw new RangeError(
      `Cannot make a tensor: its shape has ${count} elements, there are ${values.length} strings`,
    );
  }
  const dims = BigInt64Array.from(shape, BigInt);
  const bytes = BigInt(values.length * STRING_BYTES);
  const tensor = api.TF_AllocateTensor(DataType.STRING, dims, dims.length, bytes);
  values.forEach((value, i) => {
    const element = elementAt(api, tensor, i);
    api.TF_StringInit(element);
    api.TF_StringCopy(element, new Uint8Array(value), BigInt(value.length));
  });
  return tensor;
}

/** Frees the memory of the strings that {@linkcode writeStrings} wrote. */
export function releaseStrings(api: CApi, tensor: Deno.PointerValue): void {
  const count = Number(api.TF_TensorElementCount(tensor));
  for (let i = 0; i < count; i++) api.TF_StringDealloc(elementAt(api, tensor, i));
}

/** Copies the strings out of a tensor, in row-major order. */
export function readStrings(api: CApi, tensor: Deno.PointerValue): Uint8Array[] {
  const count = Number(api.TF_TensorElementCount(tensor));
  return Array.from({ length: count }, (_, i) => {
    const element = elementAt(api, tensor, i);
    const size = Number(api.TF_StringGetSize(element));
    const data = api.TF_StringGetDataPointer(element);
    return data && size > 0
      ? new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, size).slice(0))
      : new Uint8Array(0);
  });
}

function elementAt(api: CApi, tensor: Deno.PointerValue, index: number): Deno.PointerValue {
  return Deno.UnsafePointer.offset(api.TF_TensorData(tensor)!, index * STRING_BYTES);
}
