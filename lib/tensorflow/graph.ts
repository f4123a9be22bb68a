import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { cString } from "./c_api.ts";
import { DataType } from "./data_type.ts";
import type { EagerContext, RegisteredFunction } from "./eager_context.ts";
import { type GraphOutput, operationOf, outputArray, outputOf } from "./graph_output.ts";
import type { CodeUse } from "./machine_code/mod.ts";
import { hostTensor } from "./host_tensor.ts";
import { type AttributeSetters, attributeValue, setOpAttribute } from "./op_attributes.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";
import { opSignature } from "./op_signature.ts";
import { releaseStrings, writeStrings } from "./string_tensor.ts";

/** The attribute of a function that XLA is to compile, and the field of a boolean in `AttrValue`. */
const XLA = "_XlaMustCompile", ATTR_VALUE = { b: 5 };
/** The ops that call a function: one without effects, and one that changes variables in place. */
const CALL = "PartitionedCall", STATEFUL_CALL = "StatefulPartitionedCall";

/** A TensorFlow graph that is being built, from which a function is made. */
export class Graph implements Disposable, OpRunner<GraphOutput> {
  readonly #context: EagerContext;
  readonly #pointer: Deno.PointerValue;
  readonly #setters: AttributeSetters;
  /** The names of the functions that it calls, which stay for it. */
  readonly #calls = new Set<string>();
  readonly #constants = new WeakMap<GraphOutput, unknown>();
  /** By shape and values, constants of int32 that ops share. */
  readonly #ints = new Map<string, GraphOutput>();
  /** By the handle of a variable that is changed in place, the operation that used it last. */
  readonly #lastUses = new Map<GraphOutput, Deno.PointerValue>();
  /** The operations that are there for what they do, whether or not anything takes what they give. */
  readonly #actions: Deno.PointerValue[] = [];
  /** By the address of an operation, those of the operations that come before it. */
  readonly #before = new Map<bigint, bigint[]>();
  #operations = 0;

  constructor(context: EagerContext) {
    const { api } = context;
    this.#context = context;
    this.#pointer = api.TF_NewGraph();
    this.#setters = {
      string: api.TF_SetAttrString,
      int: api.TF_SetAttrInt,
      float: api.TF_SetAttrFloat,
      bool: api.TF_SetAttrBool,
      type: api.TF_SetAttrType,
      shape: api.TF_SetAttrShape,
      intList: api.TF_SetAttrIntList,
      floatList: api.TF_SetAttrFloatList,
      boolList: api.TF_SetAttrBoolList,
    };
  }

  /** An input of the function to be; `NaN` stands for a size that is not known. */
  placeholder(shape: number[], dtype: number): GraphOutput {
    const operation = this.#begin("Placeholder");
    this.#context.api.TF_SetAttrType(operation, cString("dtype"), dtype);
    const dims = dimsOf(shape);
    this.#context.api.TF_SetAttrShape(operation, cString("shape"), dims, dims.length);
    return outputOf(this.#finish("Placeholder", operation), 0);
  }

  /** A constant. */
  constant(shape: number[], dtype: number, values: unknown): GraphOutput {
    const { api, status } = this.#context;
    const strings = dtype === DataType.STRING;
    const tensor = strings
      ? writeStrings(api, shape, values as Uint8Array[])
      : hostTensor(api, { shape, dtype }, values);
    const operation = this.#begin("Const");
    api.TF_SetAttrType(operation, cString("dtype"), dtype);
    api.TF_SetAttrTensor(operation, cString("value"), tensor, status);
    if (strings) releaseStrings(api, tensor);
    api.TF_DeleteTensor(tensor);
    this.#context.check("Const");
    const output = outputOf(this.#finish("Const", operation), 0);
    this.#constants.set(output, values);
    return output;
  }

  ints(values: ArrayLike<number>, shape: number[]): GraphOutput {
    const numbers = Int32Array.from(values), key = `${shape}: ${numbers}`;
    let constant = this.#ints.get(key);
    if (!constant) this.#ints.set(key, constant = this.constant(shape, DataType.INT32, numbers));
    return constant;
  }

  floats(values: ArrayLike<number>, shape: number[]): GraphOutput {
    return this.constant(shape, DataType.FLOAT, Float32Array.from(values));
  }

  intsOf(tensor: GraphOutput): number[] | undefined {
    const values = this.#constants.get(tensor) as Int32Array | undefined;
    return values && [...values];
  }

  /**
   * Adds an operation, or the call of a registered function.
   *
   * @throws {TensorFlowError} if the op does not take such inputs or attributes.
   */
  operation(
    { name, inputs, attributes, outputs, after = [] }: OpCall<GraphOutput>,
  ): GraphOutput[] {
    const { api, functions } = this.#context;
    const called = functions.get(name);
    if (called) return this.#call(name, called, inputs);
    const args = opSignature(this.#context, name).inputs;
    const operation = this.#begin(name);
    let next = 0;
    const rest = inputs.length - args.filter(({ list }) => list === undefined).length;
    for (const { list } of args) {
      if (list === undefined) {
        api.TF_AddInput(operation, inputs[next++]!);
      } else {
        const count = Number(attributeValue(attributes, list) ?? rest);
        api.TF_AddInputList(operation, outputArray(inputs.slice(next, next += count)), count);
      }
    }
    for (const output of after) {
      api.TF_AddControlInput(operation, Deno.UnsafePointer.create(operationOf(output)));
    }
    for (const attribute of attributes) {
      // How long a list is follows from the list.
      const counted = args.some(({ list }) => list === attribute.name);
      if (!counted) setOpAttribute(this.#setters, operation, attribute);
    }
    const pointer = this.#finish(name, operation, inputs, after);
    if (outputs > api.TF_OperationNumOutputs(pointer)) {
      throw new RangeError(`Cannot run ${name} for ${outputs} outputs: it has fewer`);
    }
    if (outputs === 0) this.#actions.push(pointer);
    return Array.from({ length: outputs }, (_, index) => outputOf(pointer, index));
  }

  /** Whether it is known how many axes an output has. */
  hasRank(output: GraphOutput): boolean {
    const { api, status } = this.#context;
    return api.TF_GraphGetTensorNumDims(this.#pointer, output, status) >= 0;
  }

  /**
   * The shape of an output, as far as TensorFlow infers it.
   *
   * @returns Its sizes; `NaN` stands for what depends on values, and spreads to where it is used.
   */
  shapeOf(output: GraphOutput): number[] {
    const { api, status } = this.#context;
    const rank = api.TF_GraphGetTensorNumDims(this.#pointer, output, status);
    if (rank < 0) return [NaN];
    const dims = new BigInt64Array(Math.max(rank, 1));
    api.TF_GraphGetTensorShape(this.#pointer, output, dims, rank, status);
    this.#context.check("infer a shape");
    return Array.from(dims.subarray(0, rank), (dim) => dim < 0n ? NaN : Number(dim));
  }

  /** Tells TensorFlow a shape that it cannot infer; `NaN` stands for a size that is not known. */
  tellShape(output: GraphOutput, shape: number[]): void {
    const { api, status } = this.#context;
    const dims = dimsOf(shape);
    api.TF_GraphSetTensorShape(this.#pointer, output, dims, dims.length, status);
    this.#context.check("tell a shape");
  }

  /** The data type of an output. */
  dtypeOf(output: GraphOutput): number {
    return this.#context.api.TF_OperationOutputType(output);
  }

  /**
   * Makes a function of the graph and registers it in the context under a name. It has the operations
   * that its outputs and its effects need; TensorFlow would run some of the others too.
   *
   * @param name A name that is not taken.
   * @param inputs Placeholders, in the order of the function's inputs.
   * @param outputs In the order of the function's outputs.
   * @param options.xla Whether XLA compiles it when it is called first.
   * @param options.code What it uses, to be freed with it.
   * @param options.steps A hash of what was traced.
   */
  register(
    name: string,
    { inputs, outputs }: { inputs: GraphOutput[]; outputs: GraphOutput[] },
    { xla = false, ...others }: { xla?: boolean; code?: CodeUse; steps?: string } = {},
  ): void {
    const { api, pointer, status, functions } = this.#context;
    // So that what is called after the function waits for what it does to variables.
    const effects = BigUint64Array.from(
      new Set([...this.#lastUses.values(), ...this.#actions]),
      (operation) => Deno.UnsafePointer.value(operation),
    );
    const needed = this.#needed([...outputs.map(operationOf), ...effects], inputs);
    const made = api.TF_GraphToFunctionWithControlOutputs(
      ...[this.#pointer, cString(name), 0, needed.length, needed] as const,
      ...[inputs.length, outputArray(inputs)] as const,
      ...[outputs.length, outputArray(outputs), null] as const,
      ...[effects.length, effects, null, null, null, status] as const,
    );
    this.#context.check("make a function");
    const sizes = Array.from(needed, (operation) => this.#sizeOf(operation));
    const described = outputs.map((output) => ({
      shape: this.shapeOf(output),
      dtype: this.dtypeOf(output),
      hasRank: this.hasRank(output),
    }));
    const hasEffects = effects.length > 0;
    if (xla) {
      const value = new BinaryWriter().tag(ATTR_VALUE.b, WireType.Varint).bool(true).finish();
      const bytes = new Uint8Array(value);
      api.TF_FunctionSetAttrValueProto(made, cString(XLA), bytes, BigInt(bytes.length), status);
      this.#context.check("mark a function");
    }
    api.TFE_ContextAddFunction(pointer, made, status);
    this.#context.check("register a function");
    functions.set(name, {
      pointer: made,
      xla,
      hasEffects,
      outputs: described,
      largestSize: Math.max(0, ...sizes),
      calls: [...this.#calls],
      callers: 0,
      isForgotten: false,
      ...others,
    });
    // The function has them now.
    this.#calls.clear();
  }

  [Symbol.dispose](): void {
    this.#context.api.TF_DeleteGraph(this.#pointer);
    endCalls(this.#context, this.#calls);
  }

  /** How many numbers the first output of an operation has; 0 if that is not known. */
  #sizeOf(operation: bigint): number {
    const pointer = Deno.UnsafePointer.create(operation);
    if (this.#context.api.TF_OperationNumOutputs(pointer) === 0) return 0;
    const shape = this.shapeOf(outputOf(pointer, 0));
    return shape.reduce((product, size) => product * size, 1) || 0;
  }

  /** Some operations, by their addresses, and those that come before them, without a function's inputs. */
  #needed(ends: bigint[], inputs: GraphOutput[]): BigUint64Array<ArrayBuffer> {
    const needed = new Set<bigint>(), given = new Set(inputs.map(operationOf));
    const left = [...ends];
    for (let operation; (operation = left.pop()) !== undefined;) {
      if (needed.has(operation) || given.has(operation)) continue;
      needed.add(operation);
      left.push(...this.#before.get(operation)!);
    }
    return BigUint64Array.from(needed);
  }

  /** Adds the call of a function. */
  #call(name: string, called: RegisteredFunction, inputs: GraphOutput[]): GraphOutput[] {
    const { api, status } = this.#context;
    const { pointer, xla, hasEffects, outputs } = called;
    if (!this.#calls.has(name)) {
      api.TF_GraphCopyFunction(this.#pointer, pointer, null, status);
      this.#context.check(`call ${name}`);
      this.#calls.add(name);
      called.callers++;
    }
    // By its name it could be called too, but then TensorFlow would rewrite what XLA compiles.
    const op = hasEffects ? STATEFUL_CALL : CALL;
    const operation = this.#begin(op);
    api.TF_AddInputList(operation, outputArray(inputs), inputs.length);
    const types = Int32Array.from(outputs, ({ dtype }) => dtype);
    api.TF_SetAttrTypeList(operation, cString("Tout"), types, types.length);
    const bytes = new TextEncoder().encode(name);
    api.TF_SetAttrFuncName(operation, cString("f"), bytes, BigInt(bytes.length));
    api.TF_SetAttrBool(operation, cString(XLA), xla ? 1 : 0);
    const finished = this.#finish(op, operation, inputs);
    if (hasEffects) this.#actions.push(finished);
    return outputs.map(({ shape, hasRank }, index) => {
      const output = outputOf(finished, index);
      if (hasRank) this.tellShape(output, shape);
      return output;
    });
  }

  #begin(op: string): Deno.PointerValue {
    const name = new TextEncoder().encode(`${op}_${this.#operations++}\0`);
    return this.#context.api.TF_NewOperation(this.#pointer, cString(op), name);
  }

  /** Ends an operation. What uses the handle of a variable waits for what used it before. */
  #finish(
    op: string,
    operation: Deno.PointerValue,
    inputs: GraphOutput[] = [],
    after: GraphOutput[] = [],
  ): Deno.PointerValue {
    const { api, status } = this.#context;
    const handles = inputs.filter((input) => this.dtypeOf(input) === DataType.RESOURCE);
    const before = [...inputs, ...after].map(operationOf);
    for (const handle of handles) {
      const last = this.#lastUses.get(handle);
      if (!last) continue;
      api.TF_AddControlInput(operation, last);
      before.push(Deno.UnsafePointer.value(last));
    }
    const pointer = api.TF_FinishOperation(operation, status);
    this.#context.check(op);
    this.#before.set(Deno.UnsafePointer.value(pointer), before);
    for (const handle of handles) this.#lastUses.set(handle, pointer);
    return pointer;
  }
}

/** Frees a function that {@linkcode Graph.register} made, once no other calls it. */
export function unregister(context: EagerContext, name: string): void {
  context.functions.get(name)!.isForgotten = true;
  freeUncalled(context, name);
}

/** Notes that a graph or a function calls some functions no more. */
function endCalls(context: EagerContext, names: Iterable<string>): void {
  for (const name of names) {
    context.functions.get(name)!.callers--;
    freeUncalled(context, name);
  }
}

function freeUncalled(context: EagerContext, name: string): void {
  const { api, functions, pointer, status } = context;
  const { pointer: made, code, calls, callers, isForgotten } = functions.get(name)!;
  if (callers > 0 || !isForgotten) return;
  api.TFE_ContextRemoveFunction(pointer, cString(name), status);
  context.check(`remove ${name}`);
  api.TF_DeleteFunction(made);
  functions.delete(name);
  code?.[Symbol.dispose]();
  endCalls(context, calls);
}

function dimsOf(shape: number[]): BigInt64Array<ArrayBuffer> {
  return BigInt64Array.from(shape, (size) => Number.isNaN(size) ? -1n : BigInt(size));
}
