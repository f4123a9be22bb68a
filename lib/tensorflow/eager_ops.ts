import { DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { executeOp } from "./execute_op.ts";
import { bytesOfHandle, hostHandle, shapeOfHandle } from "./handle.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";

/** Runs ops that make up another; what they give is freed with this, but for what is released. */
export class EagerOps implements OpRunner<Deno.PointerValue>, Disposable {
  readonly #context: EagerContext;
  readonly #handles = new Set<Deno.PointerValue>();

  constructor(context: EagerContext) {
    this.#context = context;
  }

  operation(call: OpCall<Deno.PointerValue>): Deno.PointerValue[] {
    return executeOp(this.#context, call).map((handle) => this.#keep(handle));
  }

  shapeOf(handle: Deno.PointerValue): number[] {
    return shapeOfHandle(this.#context, handle);
  }

  dtypeOf(handle: Deno.PointerValue): number {
    return this.#context.api.TFE_TensorHandleDataType(handle);
  }

  ints(values: ArrayLike<number>, shape: number[]): Deno.PointerValue {
    const type = { shape, dtype: DataType.INT32 };
    return this.#keep(hostHandle(this.#context, type, Int32Array.from(values)));
  }

  floats(values: ArrayLike<number>, shape: number[]): Deno.PointerValue {
    const type = { shape, dtype: DataType.FLOAT };
    return this.#keep(hostHandle(this.#context, type, Float32Array.from(values)));
  }

  intsOf(constant: Deno.PointerValue): number[] {
    return [...new Int32Array(bytesOfHandle(this.#context, constant))];
  }

  /** Leaves a handle to the caller. */
  release(handle: Deno.PointerValue): Deno.PointerValue {
    this.#handles.delete(handle);
    return handle;
  }

  [Symbol.dispose](): void {
    for (const handle of this.#handles) this.#context.api.TFE_DeleteTensorHandle(handle);
  }

  #keep(handle: Deno.PointerValue): Deno.PointerValue {
    this.#handles.add(handle);
    return handle;
  }
}
