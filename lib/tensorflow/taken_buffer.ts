import type { CApi } from "./c_api.ts";

/** The bytes of a `TF_Buffer`, `{ const void* data; size_t length; ... }`, which is deleted. */
export function takenBuffer(api: CApi, buffer: Deno.PointerValue): Uint8Array<ArrayBuffer> {
  try {
    const view = new Deno.UnsafePointerView(buffer!);
    const data = view.getPointer(0);
    const length = Number(view.getBigUint64(8));
    if (!data || length === 0) return new Uint8Array(0);
    return new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(data, length).slice(0));
  } finally {
    api.TF_DeleteBuffer(buffer);
  }
}
