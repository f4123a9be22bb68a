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
  /** What its last outputs are if it fails: the values of the variables that it would have assigned. */
  before: TensorSlot[];
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
  #outcome: "none" | "results" | Error = "none";
  /** Resolves when it has ended, however. */
  readonly #ended: Promise<void>;
  readonly outputs: TensorSlot[];
  /**
   * Resolves when it has ended. The call that waits for it has begun by then.
   *
   * @throws {TensorFlowError} if it failed.
   */
  readonly done: Promise<void>;

  /** @param before The call to wait for. */
  constructor(context: EagerContext, callee: Callee, before?: QueuedCall) {
    this.#context = context;
    this.#callee = callee;
    this.#before = before;
    [...callee.inputs, ...callee.before].forEach((slot) => slot.retain());
    this.outputs = callee.outputs.map((type) => new TensorSlot(context.api, { call: this, type }));
    this.#ended = this.#run();
    this.done = this.#ended.then(() => this.throwIfFailed());
    // Whoever uses the outputs is told too.
    this.done.catch(() => {});
  }

  /** Blocks until it has ended, however. */
  wait(): void {
    const waiting: QueuedCall[] = [];
    for (const call of this.#chain()) {
      if (call.#outcome !== "none") break;
      waiting.push(call);
    }
    for (const call of waiting.toReversed()) {
      const execution = call.#begin();
      if (execution) {
        call.#waitForExecution(execution);
        call.#settle(execution);
      }
    }
  }

  /** @throws {TensorFlowError} if it has failed. */
  throwIfFailed(): void {
    if (this.#outcome instanceof Error) throw this.#outcome;
  }

  /** Blocks until what has begun has ended; what has not is not begun. */
  halt(): void {
    const begun = this.#chain().find((call) => call.#execution !== undefined);
    if (!begun) return;
    begun.#waitForExecution(begun.#execution!);
    // TensorFlow is about to return.
    for (let i = 0; i < LAST_PAUSES; i++) pause();
  }

  /** This call and those before it, the last one first. */
  *#chain(): Generator<QueuedCall> {
    let before = this.#before;
    yield this;
    for (; before; before = before.#before) yield before;
  }

  #waitForExecution({ outputs, status }: Execution): void {
    const { api } = this.#context;
    while (outputs.some((address) => address === 0n) && api.TF_GetCode(status) === 0) pause();
  }

  async #run(): Promise<void> {
    // Else it begins at once, before whoever started it goes on.
    if (this.#before && !this.#before.#hasEnded) await this.#before.#ended;
    const { api } = this.#context;
    const execution = this.#begin();
    if (execution) {
      const { op, status, returned } = execution;
      await returned;
      this.#settle(execution);
      api.TFE_DeleteOp(op);
      api.TF_DeleteStatus(status);
    }
    this.#execution = undefined;
    this.#before = undefined;
    [...this.#callee.inputs, ...this.#callee.before].forEach((slot) => slot.release());
  }

  get #hasEnded(): boolean {
    return this.#outcome !== "none" && !this.#execution;
  }

  /** Starts it, unless it is started; `undefined` if that failed. */
  #begin(): Execution | undefined {
    if (this.#execution || this.#outcome !== "none") return this.#execution;
    try {
      return this.#execution = this.#execute();
    } catch (error) {
      this.#fail(error as Error);
      return undefined;
    }
  }

  #execute(): Execution {
    const { api, pointer, status: shared } = this.#context;
    const { name, inputs } = this.#callee;
    // Throws if the call that gives one of them failed.
    const handles = inputs.map((input) => input.handle);
    const op = api.TFE_NewOp(pointer, cString(name), shared);
    this.#context.check(name);
    try {
      for (const handle of handles) {
        api.TFE_OpAddInput(op, handle, shared);
        this.#context.check(name);
      }
    } catch (error) {
      api.TFE_DeleteOp(op);
      throw error;
    }
    const status = api.TF_NewStatus();
    const outputs = new BigUint64Array(this.outputs.length);
    const count = Int32Array.of(outputs.length);
    const returned = api.TFE_ExecuteNonblocking(op, outputs, count, status);
    return { op, status, outputs, count, returned };
  }

  /** Takes over what an execution that has ended gave. */
  #settle({ outputs, status }: Execution): void {
    if (this.#outcome !== "none") return;
    const { api } = this.#context;
    const code = api.TF_GetCode(status);
    if (code !== 0) {
      const message = textAt(api.TF_Message(status));
      return this.#fail(new TensorFlowError(this.#callee.name, { code, message }));
    }
    this.#outcome = "results";
    this.outputs.forEach((slot, i) => slot.fill(Deno.UnsafePointer.create(outputs[i]!)));
  }

  /** Leaves the variables that it would have assigned as they were. */
  #fail(error: Error): void {
    this.#outcome = error;
    const { api, status } = this.#context;
    const { before } = this.#callee;
    this.outputs.slice(this.outputs.length - before.length).forEach((slot, i) => {
      try {
        const copy = api.TFE_TensorHandleCopySharingTensor(before[i]!.handle, status);
        this.#context.check("keep a variable");
        slot.fill(copy);
      } catch {
        // It had no value before either: whoever uses it is told of this error.
      }
    });
  }
}
