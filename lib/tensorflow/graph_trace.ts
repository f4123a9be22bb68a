import type { EagerContext } from "./eager_context.ts";
import { Bfloat16Ops } from "./bfloat16_ops.ts";
import { fasterConvolution } from "./faster_convolution.ts";
import { Graph, type GraphOutput } from "./graph.ts";
import type { OpAttribute } from "./op_attributes.ts";
import { type NamedOpCall, repairedCall } from "./op_repairs.ts";
import { ReluFusion } from "./relu_fusion.ts";
import type { TensorMetadata } from "./tensor_handles.ts";

/** The precisions that convolutions can be computed in. */
export const PRECISIONS = ["fp32", "bf16"] as const;

/** The name of a precision. */
export type Precision = typeof PRECISIONS[number];

/** How a function is traced. */
export interface TraceSettings {
  /** The precision of convolutions, where the device computes with bfloat16. */
  precision: Precision;
  /** What {@linkcode GraphTrace.fusable} of an earlier trace of the function gave. */
  fused?: ReadonlySet<number>;
}

/** A tensor that stands for an output in the graph. */
interface Traced {
  output: GraphOutput;
  /** The op that gives it, for errors. */
  op: string;
}

/**
 * The next symbol, of any trace. tfjs-node-gpu frees ids from 0 up, and -1 means to it that values
 * wait for an id.
 */
let nextSymbol = -2;

/**
 * Takes ops down in a graph instead of running them. Tensors in it are symbols under negative ids;
 * they have a shape and a data type but no values. An op's input that is a real tensor becomes an
 * input of the graph.
 */
export class GraphTrace implements Disposable {
  readonly graph: Graph;
  readonly #context: EagerContext;
  readonly #bfloat16: Bfloat16Ops<GraphOutput> | undefined;
  readonly #relu: ReluFusion<GraphOutput>;
  readonly #symbols = new Map<number, Traced>();
  readonly #captured = new Map<number, GraphOutput>();
  readonly #steps: string[] = [];
  /** Ops that gave something whose shape depends on values. */
  readonly #shapeless: string[] = [];

  constructor(context: EagerContext, { precision, fused }: TraceSettings) {
    this.graph = new Graph(context);
    this.#context = context;
    const rounds = precision === "bf16" && context.bfloat16;
    this.#bfloat16 = rounds ? new Bfloat16Ops(this.graph) : undefined;
    this.#relu = new ReluFusion((output) => this.graph.shapeOf(output), fused);
  }

  /** The ids of the real tensors that ops took, in the order of their first use. */
  get captured(): number[] {
    return [...this.#captured.keys()];
  }

  /** The placeholders of {@linkcode GraphTrace.captured}. */
  get capturedInputs(): GraphOutput[] {
    return [...this.#captured.values()];
  }

  /** Constants and ops as text; two traces of a function that can be compiled have the same. */
  get steps(): readonly string[] {
    return this.#steps;
  }

  /**
   * Which batch normalizations the next trace may make one op with the ReLU after them.
   *
   * @param kept What the function gives.
   */
  fusable(kept: GraphOutput[]): ReadonlySet<number> {
    return this.#context.oneDnn ? this.#relu.found(kept) : new Set();
  }

  /** A symbol for an input of the function. */
  input({ shape, dtype }: TensorMetadata): TensorMetadata & { output: GraphOutput } {
    const output = this.graph.placeholder(shape, dtype);
    return { ...this.#add(output, "an input"), output };
  }

  /** A symbol for values that are made while tracing. */
  createTensor(shape: number[], dtype: number, values: unknown): number {
    this.#steps.push(`a constant, ${shape} ${dtype} ${values}`);
    return this.#add(this.graph.constant(shape, dtype, values), "a constant").id;
  }

  /** Adds an op to the graph. */
  executeOp(
    name: string,
    attributes: OpAttribute[],
    inputs: number[],
    outputs: number,
    describe: (id: number) => TensorMetadata,
  ): TensorMetadata[] {
    const taken = inputs.map((id) => this.outputOf(id, describe));
    const rankOf = (output: GraphOutput) => this.graph.shapeOf(output).length;
    const repaired = repairedCall({ name, attributes, inputs: taken, outputs }, rankOf);
    this.#steps.push(`an op, ${repaired.name}`);
    const computed = this.#relu.computed(repaired);
    if (computed) return [this.#add(computed, name)];
    const call = this.#relu.rewritten(repaired);
    const added = this.#inOtherOps(call) ?? this.graph.operation(call.name, call);
    this.#relu.note(call, added);
    return added.map((output) => this.#add(output, name));
  }

  /** Reads a variable that is changed in place; its handle in a graph does not tell the shape. */
  readVariable(
    attributes: OpAttribute[],
    handle: number,
    { shape, describe }: { shape: number[]; describe: (id: number) => TensorMetadata },
  ): TensorMetadata {
    const name = "ReadVariableOp";
    const output = this.graph.op(name, [this.outputOf(handle, describe)], attributes);
    this.graph.tellShape(output, shape);
    return this.#add(output, name);
  }

  /** What an op gives in the precision that is asked for, or by ops that are faster. */
  #inOtherOps(call: NamedOpCall<GraphOutput> & { outputs: number }): GraphOutput[] | undefined {
    if (this.#bfloat16) return this.#bfloat16.run(call);
    const other = this.#context.slowConvolutions && fasterConvolution(this.graph, call);
    return other ? [other] : undefined;
  }

  /**
   * The output that a tensor stands for.
   *
   * @param id A symbol's id, or that of a real tensor, which becomes an input of the graph.
   * @param describe Gives the shape and data type of a real tensor.
   */
  outputOf(id: number, describe: (id: number) => TensorMetadata): GraphOutput {
    const symbol = this.#symbols.get(id);
    if (symbol) return symbol.output;
    let output = this.#captured.get(id);
    if (!output) {
      const { shape, dtype } = describe(id);
      this.#captured.set(id, output = this.graph.placeholder(shape, dtype));
    }
    return output;
  }

  /** The shape and data type of a symbol. */
  describe(id: number): TensorMetadata {
    const symbol = this.#symbols.get(id);
    if (!symbol) {
      throw new Error(
        "Cannot compile: the function uses a tensor of a compiled function that calls it; pass it " +
          "as an input",
      );
    }
    const { output } = symbol;
    return { id, shape: this.graph.shapeOf(output), dtype: this.graph.dtypeOf(output) };
  }

  /** The error for reading a tensor's values, which are not there while tracing. */
  readError(id: number): Error {
    const op = this.#symbols.get(id)?.op ?? "a tensor from outside";
    return new Error(
      `Cannot compile: the function reads the values of ${op}, which are known only when it runs; ` +
        "return them from it instead",
    );
  }

  /** The error for what came of using a shape that depends on values, else the same error. */
  explain(error: unknown): unknown {
    if (!(error instanceof Error && /NaN/.test(error.message)) || !this.#shapeless.length) {
      return error;
    }
    return new Error(
      "Cannot compile: the function uses a shape that depends on values, that of what " +
        `${this.#shapeless.join(" or ")} gives`,
      { cause: error },
    );
  }

  [Symbol.dispose](): void {
    this.graph[Symbol.dispose]();
  }

  #add(output: GraphOutput, op: string): TensorMetadata {
    const id = nextSymbol--;
    this.#symbols.set(id, { output, op });
    const described = this.describe(id);
    if (described.shape.some(Number.isNaN)) this.#shapeless.push(op);
    return described;
  }
}
