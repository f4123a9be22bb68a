import { cString, textAt } from "./c_api.ts";
import type { EagerContext } from "./eager_context.ts";
import { pause } from "./native_library.ts";
import { TensorFlowError } from "./tensorflow_error.ts";
import { TensorSlot, type TensorType } from "./tensor_slot.ts";

/** What is called. */
interface Callee {
  /** A function's name. */
  name: string;
  inputs: TensorSlot[];
  /** Its outputs, at least one. */
  outputs: TensorType[];
}

/** The op, status and buffers of a call that has begun; TensorFlow uses them until it returns. */
interface Execution {
  op: Deno.PointerValue;
  status: Deno.PointerValue;
  outputs: BigUint64Array<ArrayBuffer>;
  count: Int32Array<ArrayBuffer>;
  returned: Promise<void>;
}

const LAST_PAUSES = 100;

/**
 * A call that runs beside the event loop, after the call before it. Its outputs are there at once, to
 * be passed on; whoever needs their values before it has ended waits for it.
 */
export class QueuedCall {
  readonly #context: EagerContext;
  readonly #callee: Callee;
  #before: QueuedCall | undefined;
  #execution: Execution | undefined;
  #outcome: "none" | "results" | TensorFlowError = "none";
  readonly outputs: TensorSlot[];
  /**
   * Resolves when it has ended.
   *
   * @throws {TensorFlowError} if it failed.
   */
  readonly done: Promise<void>;

  /** @param before The call to wait for. */
  constructor(context: EagerContext, callee: Callee, before?: QueuedCall) {
    this.#context = context;
    this.#callee = callee;
    this.#before = before;
    callee.inputs.forEach((input) => input.retain());
    this.outputs = callee.outputs.map((type) => new TensorSlot(context.api, { call: this, type }));
    this.done = this.#run();
    // Whoever uses the outputs is told too.
    this.done.catch(() => {});
  }

  /**
   * Blocks until it has ended.
   *
   * @throws {TensorFlowError} if it failed.
   */
  wait(): void {
    if (this.#outcome === "none") {
      this.#waitForBefore();
      this.#waitForExecution(this.#begin());
      this.#settle();
    }
    if (this.#outcome instanceof TensorFlowError) throw this.#outcome;
  }

  /** Blocks until what has begun has ended; what has not is not begun. */
  halt(): void {
    if (!this.#execution) return this.#before?.halt();
    this.#waitForExecution(this.#execution);
    // TensorFlow is about to return.
    for (let i = 0; i < LAST_PAUSES; i++) pause();
  }

  #waitForExecution({ outputs, status }: Execution): void {
    const { api } = this.#context;
    while (outputs.some((address) => address === 0n) && api.TF_GetCode(status) === 0) pause();
  }

  async #run(): Promise<void> {
    await this.#before?.done.catch(() => {});
    try {
      const { op, status, returned } = this.#begin();
      await returned;
      this.#settle();
      this.#context.api.TFE_DeleteOp(op);
      this.#context.api.TF_DeleteStatus(status);
    } finally {
      this.#execution = undefined;
      this.#before = undefined;
      this.#callee.inputs.forEach((input) => input.release());
    }
    if (this.#outcome instanceof TensorFlowError) throw this.#outcome;
  }

  #waitForBefore(): void {
    try {
      this.#before?.wait();
    } catch {
      // That call's own users hear of it.
    }
  }

  /** Starts it, unless it is started. */
  #begin(): Execution {
    if (this.#execution) return this.#execution;
    const { api, pointer, status: shared } = this.#context;
    const { name, inputs } = this.#callee;
    // Throws if the call that gives one of them failed.
    const handles = inputs.map((input) => input.handle);
    const op = api.TFE_NewOp(pointer, cString(name), shared);
    this.#context.check(name);
    for (const handle of handles) {
      api.TFE_OpAddInput(op, handle, shared);
      this.#context.check(name);
    }
    const status = api.TF_NewStatus();
    const outputs = new BigUint64Array(this.outputs.length);
    const count = Int32Array.of(outputs.length);
    const returned = api.TFE_ExecuteNonblocking(op, outputs, count, status);
    return this.#execution = { op, status, outputs, count, returned };
  }

  #settle(): void {
    if (this.#outcome !== "none") return;
    const { api } = this.#context;
    const { outputs, status } = this.#execution!;
    const code = api.TF_GetCode(status);
    if (code !== 0) {
      const message = textAt(api.TF_Message(status));
      this.#outcome = new TensorFlowError(this.#callee.name, { code, message });
      return;
    }
    this.#outcome = "results";
    this.outputs.forEach((slot, i) => slot.fill(Deno.UnsafePointer.create(outputs[i]!)));
  }
}
