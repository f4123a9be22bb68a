import { cString } from "./c_api.ts";
import { DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { hostTensor } from "./host_tensor.ts";
import { type AttributeSetters, type OpAttribute, setOpAttribute } from "./op_attributes.ts";
import { opInputs } from "./op_inputs.ts";
import { releaseStrings, writeStrings } from "./string_tensor.ts";

/** One output of an operation in a graph, as the bytes of a `TF_Output`. */
export type GraphOutput = Uint8Array<ArrayBuffer>;

/** The bytes of one `TF_Output { TF_Operation* oper; int index; }`. */
const OUTPUT_BYTES = 16;

/** A TensorFlow graph that is being built, from which a function is made. */
export class Graph implements Disposable {
  readonly #context: EagerContext;
  readonly #pointer: Deno.PointerValue;
  readonly #setters: AttributeSetters;
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

  /** An input of the function to be. */
  placeholder(shape: number[], dtype: number): GraphOutput {
    const operation = this.#begin("Placeholder");
    this.#context.api.TF_SetAttrType(operation, cString("dtype"), dtype);
    const dims = BigInt64Array.from(shape, BigInt);
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
    return outputOf(this.#finish("Const", operation), 0);
  }

  /**
   * Adds an operation.
   *
   * @throws {TensorFlowError} if the op does not take such inputs or attributes.
   */
  operation(
    name: string,
    { inputs, attributes, outputs }: {
      inputs: GraphOutput[];
      attributes: OpAttribute[];
      outputs: number;
    },
  ): GraphOutput[] {
    const { api } = this.#context;
    const args = opInputs(this.#context, this.#pointer, name);
    const operation = this.#begin(name);
    let next = 0;
    const rest = inputs.length - args.filter(({ list }) => list === undefined).length;
    for (const { list } of args) {
      if (list === undefined) {
        api.TF_AddInput(operation, inputs[next++]!);
      } else {
        const count = Number(attributes.find(({ name }) => name === list)?.value ?? rest);
        api.TF_AddInputList(operation, concatenated(inputs.slice(next, next += count)), count);
      }
    }
    for (const attribute of attributes) {
      // How long a list is follows from the list.
      const counted = args.some(({ list }) => list === attribute.name);
      if (!counted) setOpAttribute(this.#setters, operation, attribute);
    }
    const pointer = this.#finish(name, operation);
    return Array.from({ length: outputs }, (_, index) => outputOf(pointer, index));
  }

  /**
   * The shape of an output, as far as TensorFlow infers it.
   *
   * @returns Its sizes, or `undefined` if one depends on values.
   */
  shapeOf(output: GraphOutput): number[] | undefined {
    const { api, status } = this.#context;
    const rank = api.TF_GraphGetTensorNumDims(this.#pointer, output, status);
    if (rank < 0) return undefined;
    const dims = new BigInt64Array(Math.max(rank, 1));
    api.TF_GraphGetTensorShape(this.#pointer, output, dims, rank, status);
    this.#context.check("infer a shape");
    const shape = Array.from(dims.subarray(0, rank), Number);
    return shape.includes(-1) ? undefined : shape;
  }

  /** The data type of an output. */
  dtypeOf(output: GraphOutput): number {
    return this.#context.api.TF_OperationOutputType(output);
  }

  /**
   * Makes a function of the graph and registers it in the context under a name.
   *
   * @param name A name that is not taken.
   * @param inputs Placeholders, in the order of the function's inputs.
   * @param outputs In the order of the function's outputs.
   */
  register(name: string, inputs: GraphOutput[], outputs: GraphOutput[]): void {
    const { api, pointer, status } = this.#context;
    const made = api.TF_GraphToFunction(
      ...[this.#pointer, cString(name), 0, -1, null, inputs.length, concatenated(inputs)] as const,
      ...[outputs.length, concatenated(outputs), null, null, null, status] as const,
    );
    this.#context.check("make a function");
    api.TFE_ContextAddFunction(pointer, made, status);
    api.TF_DeleteFunction(made);
    this.#context.check("register a function");
  }

  [Symbol.dispose](): void {
    this.#context.api.TF_DeleteGraph(this.#pointer);
  }

  #begin(op: string): Deno.PointerValue {
    const name = new TextEncoder().encode(`${op}_${this.#operations++}\0`);
    return this.#context.api.TF_NewOperation(this.#pointer, cString(op), name);
  }

  #finish(op: string, operation: Deno.PointerValue): Deno.PointerValue {
    const { api, status } = this.#context;
    const pointer = api.TF_FinishOperation(operation, status);
    this.#context.check(op);
    return pointer;
  }
}

function outputOf(operation: Deno.PointerValue, index: number): GraphOutput {
  const bytes = new Uint8Array(OUTPUT_BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, Deno.UnsafePointer.value(operation), true);
  view.setInt32(8, index, true);
  return bytes;
}

function concatenated(outputs: GraphOutput[]): GraphOutput {
  const bytes = new Uint8Array(outputs.length * OUTPUT_BYTES);
  outputs.forEach((output, i) => bytes.set(output, i * OUTPUT_BYTES));
  return bytes;
}
