import { byMachineCode, hasMachineCode } from "./by_machine_code.ts";
import { DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { executeOp } from "./execute_op.ts";
import { Graph, unregister } from "./graph.ts";
import type { GraphOutput } from "./graph_output.ts";
import { bytesOfHandle, shapeOfHandle } from "./handle.ts";
import { FILTER_GRADIENT, IMAGE_GRADIENT } from "./op_names.ts";
import type { OpCall } from "./op_runner.ts";
import { RecentlyUsed } from "./recently_used.ts";

/** How many functions are kept. */
const MOST_FUNCTIONS = 256;

/** The ops that take a shape, in int32, on which their code depends. */
const SHAPE_TAKERS = [IMAGE_GRADIENT, FILTER_GRADIENT];

let registered = 0;

/**
 * Runs single ops by machine code. For each kind of call a function of its own is registered, so that
 * the tasks run side by side, as they do in compiled functions.
 */
export class OpFunctions {
  readonly #context: EagerContext;
  /** By calls; `undefined` where TensorFlow is left to it. */
  readonly #names = new RecentlyUsed<string | undefined>(MOST_FUNCTIONS, (name) => {
    if (name) unregister(this.#context, name);
  });

  constructor(context: EagerContext) {
    this.#context = context;
  }

  /** Runs an op; `undefined` where there is no machine code for it. */
  run(call: OpCall<Deno.PointerValue>): Deno.PointerValue[] | undefined {
    if (!this.#context.machineCode || !hasMachineCode(call.name)) return undefined;
    const { name, attributes, outputs } = call;
    const mayBeShape = SHAPE_TAKERS.includes(name);
    const inputs = call.inputs.map((handle) => this.#describe(handle, { mayBeShape }));
    const key = JSON.stringify([name, attributes, inputs.map(({ handle: _, ...rest }) => rest)]);
    const own = this.#names.get(key, () => this.#make(call, inputs));
    if (!own) return undefined;
    const tensors = inputs.filter(({ ints }) => !ints).map(({ handle }) => handle);
    return executeOp(this.#context, { name: own, inputs: tensors, attributes: [], outputs });
  }

  /** An input's type, and its numbers where they are a shape. */
  #describe(handle: Deno.PointerValue, { mayBeShape }: { mayBeShape: boolean }) {
    const dtype = this.#context.api.TFE_TensorHandleDataType(handle);
    const shape = shapeOfHandle(this.#context, handle);
    const ints = mayBeShape && dtype === DataType.INT32
      ? [...new Int32Array(bytesOfHandle(this.#context, handle))]
      : undefined;
    return { handle, dtype, shape, ints };
  }

  #make(
    { name, attributes, outputs }: OpCall<Deno.PointerValue>,
    described: { dtype: number; shape: number[]; ints: number[] | undefined }[],
  ): string | undefined {
    using disposables = new DisposableStack();
    const code = disposables.use(this.#context.machineCode!.use());
    using graph = new Graph(this.#context);
    const taken: GraphOutput[] = [];
    const inputs = described.map(({ dtype, shape, ints }) => {
      if (ints) return graph.ints(ints, shape);
      const input = graph.placeholder(shape, dtype);
      taken.push(input);
      return input;
    });
    const results = byMachineCode(graph, { name, inputs, attributes, outputs }, { code });
    if (!results) return undefined;
    const own = `op_by_machine_code_${registered++}`;
    graph.register(own, { inputs: taken, outputs: results.slice(0, outputs) }, { code });
    // The function frees the code.
    disposables.move();
    return own;
  }
}
