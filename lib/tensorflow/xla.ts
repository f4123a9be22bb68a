import { AttributeType, DataType } from "./data_type.ts";
import type { EagerContext } from "./eager_context.ts";
import { executeOp } from "./execute_op.ts";
import { Graph, unregister } from "./graph.ts";
import { hostHandle } from "./handle.ts";
import type { TensorFlow } from "./load_package.ts";
import { nodeBackend } from "./node_backend.ts";
import { TensorFlowError } from "./tensorflow_error.ts";

const PROBE = "xla_probe";

const known = new WeakMap<EagerContext, boolean>();

/**
 * Whether XLA can compile for the engine's device. For a GPU it needs more of CUDA than TensorFlow
 * itself (libdevice and an assembler): it is tried, once.
 */
export function hasXla(tf: TensorFlow): boolean {
  const { context } = nodeBackend(tf).binding;
  if (!context.onGpu) return true;
  let has = known.get(context);
  if (has === undefined) known.set(context, has = canCompile(context));
  return has;
}

/**
 * Whether XLA makes a whole training step faster than TensorFlow runs it: on a GPU, where starting
 * many small kernels takes longer than what they compute, and never on a CPU, whose convolutions
 * oneDNN does faster. The first step waits for some more seconds.
 */
export function gainsByXla(tf: TensorFlow): boolean {
  return nodeBackend(tf).binding.context.onGpu && hasXla(tf);
}

/** Compiles and runs a function whose op is computed by libdevice. */
function canCompile(context: EagerContext): boolean {
  const type = { shape: [], dtype: DataType.FLOAT };
  using graph = new Graph(context);
  const x = graph.placeholder(type.shape, type.dtype);
  const y = graph.op("Exp", [x], [{ name: "T", type: AttributeType.TYPE, value: type.dtype }]);
  graph.register(PROBE, { inputs: [x], outputs: [y] }, { xla: true });
  const input = hostHandle(context, type, Float32Array.of(1));
  try {
    executeOp(context, PROBE, { inputs: [input], attributes: [], outputs: 1 })
      .forEach((output) => context.api.TFE_DeleteTensorHandle(output));
    return true;
  } catch (error) {
    if (error instanceof TensorFlowError) return false;
    throw error;
  } finally {
    context.api.TFE_DeleteTensorHandle(input);
    unregister(context, PROBE);
  }
}
