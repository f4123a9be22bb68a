import type { Tensor, Variable } from "@tensorflow/tfjs-node-gpu";
import type { Binding } from "./binding.ts";
import type { TensorFlow } from "./load_package.ts";
import type { OpAttribute } from "./op_attributes.ts";
import type { TensorMetadata } from "./tensor_handles.ts";

/** What tfjs knows a tensor's data by. */
export type DataId = Tensor["dataId"];

/** The parts of tfjs-node-gpu's backend that the engine uses; they are not in its types. */
export interface NodeBackend {
  binding: Binding;
  /** Whether a tensor waits for its id with `values`, or has one. */
  tensorMap: { get(dataId: DataId): { id: number; values: unknown } };
  executeMultipleOutputs(
    name: string,
    attributes: OpAttribute[],
    inputs: Tensor[],
    outputs: number,
  ): Tensor[];
  /** The ids of tensors; those that wait for one get it now. */
  getInputTensorIds(tensors: Tensor[]): number[];
  createOutputTensor(metadata: TensorMetadata): Tensor;
  /** How many tensors have some data. */
  refCount(dataId: DataId): number;
  /** Takes up values that wait for an id. */
  move(dataId: DataId, ...rest: unknown[]): void;
}

/**
 * The backend of the engine.
 *
 * @throws {Error} if another one was set since.
 */
export function nodeBackend(tf: TensorFlow): NodeBackend {
  if (hasNodeBackend(tf)) return tf.backend() as unknown as NodeBackend;
  throw new Error(
    `Cannot compile or run an op of TensorFlow on the backend "${tf.getBackend()}"; ` +
      'go back to the engine\'s with tf.setBackend("tensorflow")',
  );
}

/** Whether the engine's backend is the one that tfjs uses, not another that was set since. */
export function hasNodeBackend(tf: TensorFlow): boolean {
  return "binding" in tf.backend();
}

/** Whether an op that is asked for now may run in machine code of ours. */
export function mayRunMachineCode(tf: TensorFlow): boolean {
  const { binding } = nodeBackend(tf);
  return binding.context.machineCode !== undefined && binding.allowsMachineCode;
}

/** All variables that there are. */
export function registeredVariables(tf: TensorFlow): Variable[] {
  const { state } = tf.engine() as unknown as {
    state: { registeredVariables: Record<string, Variable> };
  };
  return Object.values(state.registeredVariables);
}
