import type { EagerContext } from "./eager_context.ts";
import { hostTensor } from "./host_tensor.ts";

/** A handle of a new tensor of numbers or booleans in host memory, which the caller deletes. */
export function hostHandle(
  context: EagerContext,
  type: { shape: number[]; dtype: number },
  values: unknown,
): Deno.PointerValue {
  const { api, status } = context;
  const tensor = hostTensor(api, type, values);
  const handle = api.TFE_NewTensorHandle(tensor, status);
  api.TF_DeleteTensor(tensor);
  context.check("make a tensor");
  return handle;
}

/** The shape of the tensor that a handle is of. */
export function shapeOfHandle(context: EagerContext, handle: Deno.PointerValue): number[] {
  const { api, status } = context;
  const rank = api.TFE_TensorHandleNumDims(handle, status);
  const shape = Array.from(
    { length: rank },
    (_, i) => Number(api.TFE_TensorHandleDim(handle, i, status)),
  );
  context.check("read a tensor's shape");
  return shape;
}

/** Waits for the tensor that a handle is of and copies its bytes out. */
export function bytesOfHandle(context: EagerContext, handle: Deno.PointerValue): ArrayBuffer {
  const { api, status } = context;
  const tensor = api.TFE_TensorHandleResolve(handle, status);
  context.check("read a tensor");
  try {
    const size = Number(api.TF_TensorByteSize(tensor));
    const data = size > 0 ? api.TF_TensorData(tensor) : null;
    // A copy: the memory is TensorFlow's and goes with the tensor.
    return data ? Deno.UnsafePointerView.getArrayBuffer(data, size).slice(0) : new ArrayBuffer(0);
  } finally {
    api.TF_DeleteTensor(tensor);
  }
}
