import type { CApi } from "./c_api.ts";
import type { QueuedCall } from "./queued_call.ts";

/** Holds a tensor's handle for its users, and before that the call under way that will give it. */
export class TensorSlot {
  readonly #api: CApi;
  #handle: Deno.PointerValue;
  #users = 1;
  #call: QueuedCall | undefined;

  /** @param source The handle, which this takes over, or the call that will give it. */
  constructor(api: CApi, source: { handle: Deno.PointerValue } | { call: QueuedCall }) {
    this.#api = api;
    this.#handle = "handle" in source ? source.handle : null;
    this.#call = "call" in source ? source.call : undefined;
  }

  /**
   * The handle; waits for the call that gives it.
   *
   * @throws {TensorFlowError} if that call failed.
   */
  get handle(): Deno.PointerValue {
    this.#call?.wait();
    return this.#handle;
  }

  /** Takes over the handle that the call gave. */
  fill(handle: Deno.PointerValue): void {
    this.#handle = handle;
    this.#call = undefined;
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
