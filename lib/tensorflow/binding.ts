import type { Optimizer } from "@tensorflow/tfjs-node-gpu";
import { textAt } from "./c_api.ts";
import { AttributeType, DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { EagerOps } from "./eager_ops.ts";
import { executeOp } from "./execute_op.ts";
import { fasterConvolution, mayBeReplaced } from "./faster_convolution.ts";
import type { GraphTrace } from "./graph_trace.ts";
import type { OpAttribute } from "./op_attributes.ts";
import { repairedCall } from "./op_repairs.ts";
import { OpFunctions } from "./op_functions.ts";
import type { OpCall } from "./op_runner.ts";
import { QueuedCall } from "./queued_call.ts";
import { SavedModels } from "./saved_models.ts";
import { TensorHandles, type TensorMetadata } from "./tensor_handles.ts";
import type { TensorValues } from "./tensor_bytes.ts";

/**
 * What tfjs-node-gpu asks of its native addon (`TFJSBinding` in its `tfjs_binding.ts`), answered by
 * a current TensorFlow's C API instead.
 */
export class Binding {
  readonly #context: EagerContext;
  readonly #handles: TensorHandles;
  readonly #savedModels: SavedModels;
  readonly #opFunctions: OpFunctions;
  /** Where ops go while a function is traced. */
  #trace: GraphTrace | undefined;
  #lastCall: QueuedCall | undefined;

  readonly TF_FLOAT = DataType.FLOAT;
  readonly TF_INT32 = DataType.INT32;
  readonly TF_INT64 = DataType.INT64;
  readonly TF_BOOL = DataType.BOOL;
  readonly TF_COMPLEX64 = DataType.COMPLEX64;
  readonly TF_STRING = DataType.STRING;
  readonly TF_RESOURCE = DataType.RESOURCE;
  readonly TF_UINT8 = DataType.UINT8;

  readonly TF_ATTR_STRING = AttributeType.STRING;
  readonly TF_ATTR_INT = AttributeType.INT;
  readonly TF_ATTR_FLOAT = AttributeType.FLOAT;
  readonly TF_ATTR_BOOL = AttributeType.BOOL;
  readonly TF_ATTR_TYPE = AttributeType.TYPE;
  readonly TF_ATTR_SHAPE = AttributeType.SHAPE;
  readonly TF_ATTR_RESOURCE = AttributeType.RESOURCE;

  /** TensorFlow's version. */
  readonly TF_Version: string;

  constructor(context: EagerContext) {
    this.#context = context;
    this.#handles = new TensorHandles(context);
    this.#opFunctions = new OpFunctions(context);
    this.#savedModels = new SavedModels(context);
    this.TF_Version = textAt(context.api.TF_Version());
  }

  /** The context that ops run in. */
  get context(): EagerContext {
    return this.#context;
  }

  /**
   * Runs `work` with a trace in place of execution, or with execution within a trace.
   *
   * @param trace Where ops go; `undefined` lets them run.
   */
  withTrace<T>(trace: GraphTrace | undefined, work: () => T): T {
    const before = this.#trace;
    this.#trace = trace;
    try {
      return work();
    } finally {
      this.#trace = before;
    }
  }

  /** The shape and data type of a tensor. */
  describe(id: number): TensorMetadata {
    return id < 0 && this.#trace ? this.#trace.describe(id) : this.#handles.describe(id);
  }

  /** The trace that ops go to, if a function is being traced. */
  get trace(): GraphTrace | undefined {
    return this.#trace;
  }

  /** Whether a function is being traced. */
  get isTracing(): boolean {
    return this.#trace !== undefined;
  }

  /** Whether ops may run in machine code of ours: not in a function that is traced to do without. */
  get allowsMachineCode(): boolean {
    return this.#trace?.allowsMachineCode ?? true;
  }

  /** Notes that a function, if one is being traced, makes a step of an optimizer. */
  noteOptimizer(optimizer: Optimizer): void {
    this.#trace?.noteOptimizer(optimizer);
  }

  createTensor(shape: number[], dtype: number, values: unknown): number {
    if (this.#trace) return this.#trace.createTensor(shape, dtype, values);
    return this.#handles.create(shape, dtype, values);
  }

  deleteTensor(id: number): void {
    // What a trace stands for is the graph's.
    if (id >= 0 || !this.#trace) this.#handles.delete(id);
  }

  tensorDataSync(id: number): TensorValues {
    if (this.#trace) throw this.#trace.readError(id);
    return this.#handles.read(id);
  }

  executeOp(
    name: string,
    attributes: OpAttribute[],
    inputs: number[],
    outputs: number,
  ): TensorMetadata[] {
    if (this.#trace) return this.#trace.executeOp(name, attributes, inputs, outputs);
    // Its inputs do not tell which of the calls under way change the same variables.
    if (this.#context.functions.get(name)?.hasEffects) this.settle();
    const handles = inputs.map((id) => this.#handles.get(id));
    const { api, status } = this.#context;
    const call = repairedCall({ name, inputs: handles, attributes, outputs }, {
      rankOf: (handle: Deno.PointerValue) => api.TFE_TensorHandleNumDims(handle, status),
      dtypeOf: (handle: Deno.PointerValue) => api.TFE_TensorHandleDataType(handle),
    });
    return this.#run(call).map((handle) => this.#handles.adopt(handle));
  }

  /**
   * Reads a variable that is changed in place; who reads it outside of a trace settles first.
   *
   * @param attributes Those of `ReadVariableOp`.
   * @param handle The number of its handle.
   * @param shape Its shape.
   */
  readVariable(attributes: OpAttribute[], handle: number, shape: number[]): TensorMetadata {
    return this.#trace
      ? this.#trace.readVariable(attributes, handle, shape)
      : this.executeOp("ReadVariableOp", attributes, [handle], 1)[0]!;
  }

  /**
   * Starts the call of a function of ours and returns at once.
   *
   * @param assigned What its last outputs are if it fails.
   * @returns Its outputs, whose values may be asked for at once, and the end of the call.
   */
  enqueue(
    name: string,
    inputs: number[],
    assigned: number[],
  ): { outputs: TensorMetadata[]; done: Promise<void> } {
    const { outputs } = this.#context.functions.get(name)!;
    if (outputs.length === 0 || outputs.some(({ shape }) => shape.some(Number.isNaN))) {
      // What is not known before the end cannot be told before it, and an output tells the end.
      return { outputs: this.executeOp(name, [], inputs, outputs.length), done: Promise.resolve() };
    }
    const slotsOf = (ids: number[]) => ids.map((id) => this.#handles.slot(id));
    const callee = { name, inputs: slotsOf(inputs), outputs, before: slotsOf(assigned) };
    const call = this.#lastCall = new QueuedCall(this.#context, callee, this.#lastCall);
    const described = call.outputs.map((slot) => this.#handles.describe(this.#handles.add(slot)));
    return { outputs: described, done: call.done };
  }

  /**
   * Blocks until every call that was started has ended. If one failed those who use what it gives are
   * told; those who read what it changes in place are not.
   */
  settle(): void {
    this.#lastCall?.wait();
  }

  /** Blocks until the call that is under way has ended, and begins no other. */
  halt(): void {
    this.#lastCall?.halt();
  }

  #run(call: OpCall<Deno.PointerValue>): Deno.PointerValue[] {
    const outputs = this.#opFunctions.run(call);
    if (outputs) return outputs;
    if (this.#context.slowConvolutions && mayBeReplaced(call.name)) {
      using ops = new EagerOps(this.#context);
      const output = fasterConvolution(ops, call);
      if (output) return [ops.release(output)];
    }
    return executeOp(this.#context, call);
  }

  loadSavedModel(folder: string, tags: string): number {
    return this.#savedModels.load(folder, tags.split(","));
  }

  runSavedModel(
    id: number,
    inputs: number[],
    inputNames: string,
    outputNames: string,
  ): TensorMetadata[] {
    const handles = inputs.map((input) => this.#handles.get(input));
    const feeds = { names: inputNames.split(","), handles };
    return this.#savedModels.run(id, feeds, outputNames.split(","))
      .map((handle) => this.#handles.adopt(handle));
  }

  deleteSavedModel(id: number): void {
    this.#savedModels.delete(id);
  }

  getNumOfSavedModels(): number {
    return this.#savedModels.size;
  }

  getNumOfTensors(): number {
    return this.#handles.size;
  }

  isUsingGpuDevice(): boolean {
    return this.#context.onGpu;
  }
}
