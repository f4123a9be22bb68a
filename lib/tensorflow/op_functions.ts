import { byMachineCode, hasMachineCode } from "./by_machine_code.ts";
import { DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { executeOp } from "./execute_op.ts";
import { Graph, unregister } from "./graph.ts";
import type { GraphOutput } from "./graph_output.ts";
import { bytesOfHandle, shapeOfHandle } from "./handle.ts";
import type { OpCall } from "./op_runner.ts";

/** How many functions are kept; another takes the place of the one that was called longest ago. */
const MOST_FUNCTIONS = 256;

/** The ops that take a shape, in int32, on which their code depends. */
const SHAPE_TAKERS = ["Conv2DBackpropInput", "Conv2DBackpropFilter"];

let registered = 0;

/**
 * Runs single ops by machine code. For each kind of call a function of its own is registered, so that
 * the tasks run side by side, as they do in compiled functions.
 */
export class OpFunctions {
  readonly #context: EagerContext;
  /** By calls, in the order in which they were made last; `undefined` where TensorFlow is left to it. */
  readonly #names = new Map<string, string | undefined>();

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
    const made = this.#names.has(key) ? this.#names.get(key) : this.#make(call, inputs);
    this.#names.delete(key);
    this.#names.set(key, made);
    if (this.#names.size > MOST_FUNCTIONS) this.#forgetOldest();
    if (!made) return undefined;
    const tensors = inputs.filter(({ ints }) => !ints).map(({ handle }) => handle);
    return executeOp(this.#context, { name: made, inputs: tensors, attributes: [], outputs });
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
    const code = this.#context.machineCode!.use();
    try {
      using graph = new Graph(this.#context);
      const taken: GraphOutput[] = [];
      const inputs = described.map(({ dtype, shape, ints }) => {
        if (ints) return graph.ints(ints, shape);
        const input = graph.placeholder(shape, dtype);
        taken.push(input);
        return input;
      });
      const results = byMachineCode(graph, { name, inputs, attributes, outputs }, { code });
      if (results) {
        const own = `op_by_machine_code_${registered++}`;
        graph.register(own, { inputs: taken, outputs: results.slice(0, outputs) }, { code });
        return own;
      }
    } catch (error) {
      code[Symbol.dispose]();
      throw error;
    }
    code[Symbol.dispose]();
    return undefined;
  }

  #forgetOldest(): void {
    const [oldest] = this.#names.keys();
    const name = this.#names.get(oldest!);
    this.#names.delete(oldest!);
    if (name) unregister(this.#context, name);
  }
}
