import type { CApi } from "./c_api.ts";
import type { QueuedCall } from "./queued_call.ts";

/** A tensor's shape and data type. */
export interface TensorType {
  shape: number[];
  dtype: number;
}

/** A tensor that a call under way will give. */
interface Promised {
  call: QueuedCall;
  type: TensorType;
}

/** Holds a tensor's handle for its users, and before that the call under way that will give it. */
export class TensorSlot {
  readonly #api: CApi;
  #handle: Deno.PointerValue;
  #users = 1;
  #promised: Promised | undefined;

  /** @param source The handle, which this takes over, or what is known of it before it is there. */
  constructor(api: CApi, source: { handle: Deno.PointerValue } | Promised) {
    this.#api = api;
    this.#handle = "handle" in source ? source.handle : null;
    this.#promised = "call" in source ? source : undefined;
  }

  /** The shape and data type of a tensor whose handle is not there yet. */
  get promisedType(): TensorType | undefined {
    return this.#promised?.type;
  }

  /**
   * The handle; waits for the call that gives it.
   *
   * @throws {TensorFlowError} if that call failed, and this is no variable that kept its value.
   */
  get handle(): Deno.PointerValue {
    this.#promised?.call.wait();
    // It has given the handle now, or it failed.
    this.#promised?.call.throwIfFailed();
    return this.#handle;
  }

  /** Takes over the handle that the call gave. */
  fill(handle: Deno.PointerValue): void {
    this.#handle = handle;
    this.#promised = undefined;
    this.#freeUnused();
  }

  /** Counts one more user. */
  retain(): this {
    this.#users++;
    return this;
  }

  /** Counts one user less; after the last the handle is freed. */
  release(): void {
    this.#users--;
    this.#freeUnused();
  }

  #freeUnused(): void {
    if (this.#users > 0 || !this.#handle) return;
    this.#api.TFE_DeleteTensorHandle(this.#handle);
    this.#handle = null;
  }
}
