import { cString } from "./c_api.ts";
import { AttributeType, DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { executeOp } from "./execute_op.ts";
import { bytesOfHandle, hostHandle, shapeOfHandle } from "./handle.ts";
import { readStrings, releaseStrings, writeStrings } from "./string_tensor.ts";
import { TensorSlot, type TensorType } from "./tensor_slot.ts";
import { type TensorValues, valuesOf } from "./tensor_bytes.ts";

/** What tfjs-node-gpu is told of an op's output (its `TensorMetadata`). */
export interface TensorMetadata extends TensorType {
  id: number;
}

/** TensorFlow's tensor handles under the numbers by which tfjs-node-gpu knows them. */
export class TensorHandles {
  readonly #context: EagerContext;
  readonly #slots = new Map<number, TensorSlot>();
  #nextId = 0;

  constructor(context: EagerContext) {
    this.#context = context;
  }

  /** How many handles are held. */
  get size(): number {
    return this.#slots.size;
  }

  /**
   * What holds the handle with a number.
   *
   * @throws {RangeError} if there is none, because the tensor was never made or is disposed.
   */
  slot(id: number): TensorSlot {
    const slot = this.#slots.get(id);
    if (slot) return slot;
    throw new RangeError(
      // Those of a trace have numbers below -1.
      id < -1
        ? "Cannot use a tensor of a function after it was compiled; return it from the function"
        : `Cannot use tensor ${id}: it is disposed or was never made`,
    );
  }

  /**
   * The handle with a number; waits for the call that gives it.
   *
   * @throws {RangeError} if there is none, because the tensor was never made or is disposed.
   * @throws {TensorFlowError} if the call failed.
   */
  get(id: number): Deno.PointerValue {
    return this.slot(id).handle;
  }

  /** Takes over a handle and describes it. */
  adopt(handle: Deno.PointerValue): TensorMetadata {
    return this.describe(this.add(new TensorSlot(this.#context.api, { handle })));
  }

  /** Takes over a slot, and gives its number. */
  add(slot: TensorSlot): number {
    const id = this.#nextId++;
    this.#slots.set(id, slot);
    return id;
  }

  /** The shape and data type of a tensor. */
  describe(id: number): TensorMetadata {
    const { promisedType } = this.slot(id);
    if (promisedType) return { id, ...promisedType };
    const handle = this.get(id);
    const dtype = this.#context.api.TFE_TensorHandleDataType(handle);
    return { id, shape: shapeOfHandle(this.#context, handle), dtype };
  }

  /**
   * Copies values into a new tensor on the context's device.
   *
   * @param shape Its shape.
   * @param dtype Its data type.
   * @param values Its values in row-major order; for strings, an array of byte strings.
   * @returns Its number.
   */
  create(shape: number[], dtype: number, values: unknown): number {
    const { api, status } = this.#context;
    const handle = dtype === DataType.STRING
      ? this.#stringHandle(shape, values as Uint8Array[])
      : hostHandle(this.#context, { shape, dtype }, values);
    // GPU kernels want int32 tensors (shapes, axes, indices) in host memory.
    const stays = dtype === DataType.INT32 || dtype === DataType.STRING;
    if (stays || !this.#context.onGpu) return this.adopt(handle).id;
    const device = cString(this.#context.device.name);
    const copy = api.TFE_TensorHandleCopyToDevice(
      handle,
      this.#context.pointer,
      device,
      status,
    );
    api.TFE_DeleteTensorHandle(handle);
    this.#context.check("copy a tensor to the device");
    return this.adopt(copy).id;
  }

  /** Lets go of a tensor. */
  delete(id: number): void {
    this.slot(id).release();
    this.#slots.delete(id);
  }

  /**
   * Waits for a tensor and copies its values out.
   *
   * @returns Its values in row-major order; for strings, an array of byte strings.
   */
  read(id: number): TensorValues {
    const { api, status } = this.#context;
    const handle = this.get(id);
    const dtype = api.TFE_TensorHandleDataType(handle);
    if (dtype !== DataType.STRING) return valuesOf(bytesOfHandle(this.#context, handle), dtype);
    const tensor = api.TFE_TensorHandleResolve(handle, status);
    this.#context.check("read a tensor");
    try {
      return readStrings(api, tensor);
    } finally {
      api.TF_DeleteTensor(tensor);
    }
  }

  /**
   * TensorFlow never runs the destructors of strings in memory that the C API allocated, so long
   * ones would leak: the handle returned is a deep copy that TensorFlow owns, the original is freed.
   */
  #stringHandle(shape: number[], values: Uint8Array[]): Deno.PointerValue {
    const { api, status } = this.#context;
    const tensor = writeStrings(api, shape, values);
    const ours = api.TFE_NewTensorHandle(tensor, status);
    this.#context.check("make a string tensor");
    try {
      const type = { name: "T", type: AttributeType.TYPE, value: DataType.STRING };
      const [copy] = executeOp(this.#context, {
        name: "DeepCopy",
        inputs: [ours],
        attributes: [type],
        outputs: 1,
      });
      return copy!;
    } finally {
      releaseStrings(api, tensor);
      api.TFE_DeleteTensorHandle(ours);
      api.TF_DeleteTensor(tensor);
    }
  }
}
