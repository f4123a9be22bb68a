import type { Optimizer } from "@tensorflow/tfjs-node-gpu";
import { createHash } from "node:crypto";
import { dataTypeName } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { Graph } from "./graph.ts";
import type { GraphOutput } from "./graph_output.ts";
import { GraphOps, type GraphOpsOptions } from "./graph_ops.ts";
import type { OpAttribute } from "./op_attributes.ts";
import { OpBuilder } from "./op_builder.ts";
import { NORMALIZATION } from "./op_names.ts";
import { repairedCall } from "./op_repairs.ts";
import type { TensorMetadata } from "./tensor_handles.ts";
import type { TensorType } from "./tensor_slot.ts";
import { type TracedOptimizer, tracedOptimizer } from "./traced_optimizers.ts";

/** A tensor that stands for an output in the graph. */
interface Traced {
  output: GraphOutput;
  /** The op that gives it, for errors. */
  op: string;
  /** Which of the trace's symbols it is. */
  number: number;
}

/**
 * The next symbol, of any trace. tfjs-node-gpu frees ids from 0 up, and -1 means to it that values
 * wait for an id.
 */
let nextSymbol = -2;

/** What tfjs is told where a shape depends on values. */
export interface StandIn {
  /** In place of a size. */
  size: number;
  /** In place of the number of axes. */
  rank: number;
}

/** Two that have nothing in common, and hardly anything with a real shape. */
export const STAND_INS: readonly [StandIn, StandIn] = [
  { size: 1009, rank: 1 },
  { size: 1018, rank: 2 },
];

const CONSTANT = "a constant";
/** Of a constant of more bytes than these its hash stands for its values. */
const LONG_BYTES = 256;

/**
 * Takes ops down in a graph instead of running them. Tensors in it are symbols under negative ids;
 * they have a shape and a data type but no values. Where a shape depends on values tfjs is told
 * another one in each trace. An op's input that is a real tensor becomes an input of the graph.
 */
export class GraphTrace implements Disposable {
  readonly graph: Graph;
  readonly #context: EagerContext;
  readonly #describeOutside: (id: number) => TensorMetadata;
  readonly #ops: GraphOps;
  readonly #symbols = new Map<number, Traced>();
  readonly #captured = new Map<number, GraphOutput>();
  #isRegistered = false;
  /** How often ops and results took each symbol so far. */
  readonly #takers = new Map<number, number>();
  /** How often they did in all, in an earlier trace of the same function. */
  readonly #knownTakers: ReadonlyMap<number, number> | undefined;
  readonly #standIn: StandIn;
  readonly #steps: string[] = [];
  /** Ops that gave something whose shape depends on values. */
  readonly #shapeless: string[] = [];
  readonly #optimizers: TracedOptimizer[] = [];

  /**
   * @param describe Gives the shape and data type of a real tensor.
   * @param options.takers Those of an earlier trace: who takes a tensor comes after who makes it.
   * @param options.standIn Traces with different ones differ if the function goes by shapes that depend
   *   on values.
   */
  constructor(
    context: EagerContext,
    describe: (id: number) => TensorMetadata,
    { takers, standIn = STAND_INS[0], ...options }: GraphOpsOptions & {
      takers?: ReadonlyMap<number, number>;
      standIn?: StandIn;
    } = {},
  ) {
    this.graph = new Graph(context);
    this.#knownTakers = takers;
    this.#standIn = standIn;
    this.#context = context;
    this.#describeOutside = describe;
    this.#ops = new GraphOps(this.graph, context, options);
  }

  /** The ids of the real tensors that ops took, in the order of their first use. */
  get captured(): number[] {
    return [...this.#captured.keys()];
  }

  /** The placeholders of {@linkcode GraphTrace.captured}. */
  get capturedInputs(): GraphOutput[] {
    return [...this.#captured.values()];
  }

  /** How often ops and results took each of the symbols. */
  get takers(): ReadonlyMap<number, number> {
    return this.#takers;
  }

  /**
   * The constants, ops and results as text; two traces of a function that can be compiled have the
   * same.
   */
  get steps(): readonly string[] {
    return this.#steps;
  }

  /** The optimizers that make a step, each as often as it does. */
  get optimizers(): readonly TracedOptimizer[] {
    return this.#optimizers;
  }

  /** Takes down that an optimizer makes a step. */
  noteOptimizer(optimizer: Optimizer): void {
    this.#optimizers.push(tracedOptimizer(optimizer));
  }

  /** A symbol for an input of the function. */
  input({ shape, dtype }: TensorType): TensorMetadata & { output: GraphOutput } {
    const output = this.graph.placeholder(shape, dtype);
    return { ...this.#add(output, "an input"), output };
  }

  /** A symbol for values that are made while tracing. */
  createTensor(shape: number[], dtype: number, values: unknown): number {
    const told = ArrayBuffer.isView(values) && values.byteLength > LONG_BYTES
      ? hashOf(values as Uint8Array)
      : values;
    const { id } = this.#add(this.graph.constant(shape, dtype, values), CONSTANT);
    const name = `${CONSTANT} (${this.#symbols.get(id)!.number})`;
    this.#steps.push(`${name} of ${dataTypeName(dtype)} [${shape}], ${told}`);
    return id;
  }

  /** Adds an op to the graph. */
  executeOp(
    name: string,
    attributes: OpAttribute[],
    inputs: number[],
    outputs: number,
  ): TensorMetadata[] {
    const taken = inputs.map((id) => this.#outputOf(id));
    const call = repairedCall({ name, attributes, inputs: taken, outputs }, {
      rankOf: (output: GraphOutput) => this.graph.shapeOf(output).length,
      dtypeOf: (output: GraphOutput) => this.graph.dtypeOf(output),
    });
    const called = this.#context.functions.get(name);
    const op = called ? "a compiled function" : name;
    // One that is compiled within this one is another in each trace.
    this.#noteOp(called ? `${op} (${called.steps})` : name, attributes, inputs);
    const isTakenOnce = this.#knownTakers?.get(this.#symbols.size) === 1;
    return this.#ops.run({ ...call, isTakenOnce }).map((output) => this.#add(output, op));
  }

  /** Reads a variable that is changed in place; its handle in a graph does not tell the shape. */
  readVariable(
    attributes: OpAttribute[],
    handle: number,
    shape: number[],
  ): TensorMetadata {
    const name = "ReadVariableOp";
    this.#noteOp(name, attributes, [handle]);
    const inputs = [this.#outputOf(handle)];
    const build = new OpBuilder(this.graph);
    let output = build.op(name, inputs, attributes);
    if (this.allowsMachineCode) {
      // Machine code may change the variable where it lies, once it has been copied.
      output = build.op("DeepCopy", [output]);
      build.op("VarIsInitializedOp", inputs, [], [output]);
    }
    this.graph.tellShape(output, shape);
    return this.#add(output, name);
  }

  /**
   * The output that the function gives for a tensor.
   *
   * @param what Which of its results it is.
   */
  resultOf(id: number, what: string): GraphOutput {
    this.#steps.push(`${what}, ${this.#tokenOf(id)}`);
    return this.#outputOf(id);
  }

  /** Takes an op down as a step. */
  #noteOp(op: string, attributes: OpAttribute[], inputs: number[]): void {
    const settings = attributes.map(({ name, value }) => `${name} ${value}`);
    const taken = inputs.map((id) => this.#tokenOf(id));
    this.#steps.push(`an op, ${op} of ${[...taken, ...settings].join(", ")}`);
  }

  /** What a tensor is called in the step that takes it; the same in each trace of the function. */
  #tokenOf(id: number): string {
    const symbol = this.#symbols.get(id);
    if (!symbol) return `tensor ${id} from outside`;
    const { op, number } = symbol;
    this.#takers.set(number, (this.#takers.get(number) ?? 0) + 1);
    return `${op} (${number})`;
  }

  /**
   * The output that a tensor stands for.
   *
   * @param id A symbol's id, or that of a real tensor, which becomes an input of the graph.
   */
  #outputOf(id: number): GraphOutput {
    const symbol = this.#symbols.get(id);
    if (symbol) return symbol.output;
    let output = this.#captured.get(id);
    if (!output) {
      const { shape, dtype } = this.#describeOutside(id);
      this.#captured.set(id, output = this.graph.placeholder(shape, dtype));
    }
    return output;
  }

  /**
   * The shape and data type of a symbol, for a function that takes it; `NaN` stands for a size that
   * depends on values.
   *
   * @throws {Error} if the number of axes depends on values, or there is no such symbol.
   */
  describe(id: number): TensorMetadata {
    const symbol = this.#symbols.get(id);
    if (!symbol) {
      throw new Error(
        "Cannot compile: the function uses a tensor of a compiled function that calls it; pass it " +
          "as an input",
      );
    }
    const { output, op } = symbol;
    if (!this.graph.hasRank(output)) {
      throw new Error(
        `Cannot compile: the function passes on what ${op} gives, whose number of axes depends on ` +
          "values, to another compiled function",
      );
    }
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
    const { usedShape } = this;
    const told = new RegExp(`NaN|\\b${this.#standIn.size}\\b`);
    const isOfShape = usedShape && error instanceof Error && told.test(error.message);
    return isOfShape ? new Error(`Cannot compile: ${usedShape}`, { cause: error }) : error;
  }

  /** What a function does that goes by sizes, if it has some that depend on values. */
  get usedShape(): string | undefined {
    if (this.#shapeless.length === 0) return undefined;
    const ops = [...new Set(this.#shapeless)].join(" or ");
    return `the function uses a shape that depends on values, that of what ${ops} gives`;
  }

  /** Makes a function of the graph and registers it under a name; see {@linkcode Graph.register}. */
  register(
    name: string,
    ends: { inputs: GraphOutput[]; outputs: GraphOutput[] },
    { xla = false }: GraphOpsOptions = {},
  ): void {
    const { code } = this.#ops;
    this.graph.register(name, ends, {
      xla,
      ...(code && { code }),
      steps: hashOf(this.#steps.join("\n")),
    });
    this.#isRegistered = true;
  }

  /** Whether what is added may run in machine code of ours, functions that are called too. */
  get allowsMachineCode(): boolean {
    return this.#ops.code !== undefined;
  }

  [Symbol.dispose](): void {
    // Else the function has it.
    if (!this.#isRegistered) this.#ops.code?.[Symbol.dispose]();
    this.graph[Symbol.dispose]();
  }

  #add(output: GraphOutput, op: string): TensorMetadata {
    const id = nextSymbol--;
    this.#symbols.set(id, { output, op, number: this.#symbols.size });
    const { size, rank } = this.#standIn, dtype = this.graph.dtypeOf(output);
    const shape = this.graph.hasRank(output)
      ? this.graph.shapeOf(output)
      : new Array<number>(rank).fill(NaN);
    // What a normalization gives for its gradient alone has a shape that TensorFlow does not tell.
    if (op !== NORMALIZATION && shape.some(Number.isNaN)) this.#shapeless.push(op);
    return { id, dtype, shape: shape.map((known) => Number.isNaN(known) ? size : known) };
  }
}

function hashOf(content: Uint8Array | string): string {
  return createHash("sha256").update(content).digest("hex");
}
