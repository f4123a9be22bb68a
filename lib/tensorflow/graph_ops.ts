import { Bfloat16Ops } from "./bfloat16_ops.ts";
import type { EagerContext } from "./eager_context.ts";
import { fasterConvolution } from "./faster_convolution.ts";
import { float32Convolution } from "./float32_convolution.ts";
import type { Graph } from "./graph.ts";
import type { GraphOutput } from "./graph_output.ts";
import { JoinedChannels } from "./joined_channels.ts";
import { CONVOLUTION, FILTER_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";
import type { CodeUse } from "./machine_code/mod.ts";
import { machineAdam } from "./machine_adam.ts";
import { machineLogits } from "./machine_logits.ts";
import { MachineNormalization } from "./machine_normalization.ts";
import { MachinePooling } from "./machine_pooling.ts";
import { Recomputation } from "./recomputation.ts";
import { XlaOps } from "./xla_ops.ts";

/** The precisions that convolutions, and what follows them, can be computed in. */
export const PRECISIONS = ["fp32", "bf16"] as const;

/** The name of a precision. */
export type Precision = typeof PRECISIONS[number];

/** Options of {@linkcode GraphOps}. */
export interface GraphOpsOptions {
  /**
   * The precision, where the device is faster with it.
   *
   * @default {"fp32"}
   */
  precision?: Precision;
  /**
   * Whether XLA is to compile the graph.
   *
   * @default {false}
   */
  xla?: boolean;
  /**
   * Whether ops may run in machine code of ours, which XLA does not know.
   *
   * @default {!xla}
   */
  machineCode?: boolean;
  /**
   * Tells whether a gradient through the next op may be asked for.
   *
   * @default {() => true}
   */
  isTaped?: () => boolean;
}

/** What takes joined images without joining them. */
const JOINED_TAKERS = [CONVOLUTION, FILTER_GRADIENT];

/** Adds ops to a graph as they are asked for, or others that give the same and are faster or leaner. */
export class GraphOps {
  readonly #runner: OpRunner<GraphOutput>;
  readonly #context: EagerContext;
  readonly #code: CodeUse | undefined;
  readonly #normalization: MachineNormalization<GraphOutput> | undefined;
  readonly #bfloat16: Bfloat16Ops<GraphOutput> | undefined;
  readonly #recomputation: Recomputation<GraphOutput> | undefined;
  readonly #joined: JoinedChannels<GraphOutput> | undefined;

  constructor(graph: Graph, context: EagerContext, options: GraphOpsOptions) {
    const { precision = "fp32", xla = false, machineCode = !xla, isTaped = () => true } = options;
    const code = machineCode ? context.machineCode?.use() : undefined;
    this.#code = code;
    this.#normalization = code &&
      new MachineNormalization(new MachinePooling(graph, { code }), { code, isTaped });
    this.#runner = xla ? new XlaOps(graph) : this.#normalization ?? graph;
    this.#context = context;
    const rounds = precision === "bf16" && context.bfloat16 === "fast";
    this.#bfloat16 = rounds ? new Bfloat16Ops(this.#runner, code) : undefined;
    // XLA decides by itself what it keeps. On a GPU a normalization keeps something else.
    if (xla || context.onGpu) return;
    this.#recomputation = new Recomputation(this.#runner, (call) => this.#runFastest(call));
    // With bfloat16 it was no faster (an Intel Xeon with AMX).
    if (!rounds) {
      this.#joined = new JoinedChannels(this.#runner, (call) => this.#runKeepingLess(call));
    }
  }

  /** Adds what gives the results of a call. */
  run(call: OpCall<GraphOutput>): GraphOutput[] {
    const called = this.#context.functions.get(call.name);
    if (called?.code) this.#code?.share(called.code);
    return this.#ownOp(call) ?? this.#convolveJoined(call) ?? this.#joined?.run(call) ??
      this.#runKeepingLess(call);
  }

  /** An op that TensorFlow does not have. */
  #ownOp(call: OpCall<GraphOutput>): GraphOutput[] | undefined {
    const code = this.#code, runner = this.#runner;
    return code &&
      (machineLogits(runner, call, { code }) ?? machineAdam(runner, call, { code }));
  }

  /** A convolution of images that were joined, or its filter's gradient, without joining them. */
  #convolveJoined(call: OpCall<GraphOutput>): GraphOutput[] | undefined {
    const [images, ...others] = call.inputs;
    const mayTake = this.#code && JOINED_TAKERS.includes(call.name);
    const parts = mayTake ? this.#joined?.partsOf(images!) : undefined;
    if (!parts) return undefined;
    const taken = { ...call, inputs: [...parts, ...others] };
    const joined = (this.#recomputation?.inputsOf(taken) ?? parts).slice(0, parts.length);
    const convolved = this.#convolve(call, joined);
    return convolved && [convolved];
  }

  /** The machine code that the graph uses, which the caller frees. */
  get code(): CodeUse | undefined {
    return this.#code;
  }

  /** Adds an op that may take what is computed again. */
  #runKeepingLess(asked: OpCall<GraphOutput>): GraphOutput[] {
    const call = { ...asked, inputs: this.#recomputation?.inputsOf(asked) ?? asked.inputs };
    const results = this.#runFastest(call);
    this.#recomputation?.note(call, results);
    return results;
  }

  /** Adds an op in the precision that is asked for, or ops that are faster. */
  #runFastest(call: OpCall<GraphOutput>): GraphOutput[] {
    const others = this.#bfloat16 ? this.#bfloat16.run(call) : this.#faster(call);
    if (others) return others;
    const results = this.#runner.operation(call);
    this.#joined?.note(call, results);
    return results;
  }

  #faster(call: OpCall<GraphOutput>): GraphOutput[] | undefined {
    const { slowConvolutions } = this.#context;
    const other = this.#convolve(call) ??
      (slowConvolutions ? fasterConvolution(this.#runner, call) : undefined);
    return other ? [other] : undefined;
  }

  /** A convolution by machine code, whose result may be normalized as it is written. */
  #convolve(call: OpCall<GraphOutput>, joined?: GraphOutput[]): GraphOutput | undefined {
    const code = this.#code;
    const { result, scaled } = code && float32Convolution(this.#runner, call, { code, joined }) ||
      {};
    if (result && scaled && call.isTakenOnce) {
      this.#normalization?.noteConvolution(result, scaled);
    }
    return result;
  }
}
