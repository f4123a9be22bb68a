import type { Tensor, Variable } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "./load_package.ts";
import { type DataId, type NodeBackend, nodeBackend } from "./node_backend.ts";

/**
 * Finds the tensors that a function takes from outside while it is traced. As long as this lives,
 * the backend's ways from tensors to ids lead through here.
 */
export class OutsideTensors implements Disposable {
  readonly #backend: NodeBackend;
  readonly #before: Pick<NodeBackend, "getInputTensorIds" | "move">;
  readonly #inside = new WeakSet<DataId>();
  readonly #captured = new Map<number, Tensor>();

  constructor(tf: TensorFlow, variables: Variable[]) {
    const byData = new Map(variables.map((variable) => [variable.dataId, variable]));
    const backend = nodeBackend(tf);
    const { getInputTensorIds, move } = backend;
    this.#backend = backend;
    // Those of a trace around this one, or the backend's own.
    this.#before = { getInputTensorIds, move };
    backend.move = (dataId, ...rest) => {
      // What tfjs knows of comes from another backend.
      if (!isKnown(tf, dataId)) this.#inside.add(dataId);
      move.call(backend, dataId, ...rest);
    };
    backend.getInputTensorIds = (tensors) =>
      tensors.map((tensor) => {
        const waits = tensor.dataId && backend.tensorMap.get(tensor.dataId).values !== null;
        const isOutside = waits && !this.#inside.has(tensor.dataId);
        const ids = () => getInputTensorIds.call(backend, [tensor]) as number[];
        // Values from before the trace are a real tensor's, though it gets its id only now.
        const [id] = isOutside ? backend.binding.withTrace(undefined, ids) : ids();
        // A variable's data is another one once the function has assigned it, and a symbol if one that
        // calls this function has.
        const variable = byData.get(tensor.dataId);
        if ((id! >= 0 || variable) && !this.#captured.has(id!)) {
          this.#captured.set(id!, variable ?? tf.keep(tensor.clone()));
        }
        return id!;
      });
  }

  /** Whether a tensor with an id was taken from outside. */
  has(id: number): boolean {
    return this.#captured.has(id);
  }

  /**
   * The variables with some ids, or clones of the other tensors with them, which the caller disposes.
   */
  withIds(ids: number[]): Tensor[] {
    return ids.map((id) => {
      const tensor = this.#captured.get(id)!;
      this.#captured.delete(id);
      return tensor;
    });
  }

  [Symbol.dispose](): void {
    Object.assign(this.#backend, this.#before);
    // What is left was not taken, because the trace failed.
    releaseCaptured(this.#captured.values());
  }
}

/** Whether a tensor is a variable. */
export function isVariable(tensor: Tensor): tensor is Variable {
  return (tensor as Partial<Variable>).assign !== undefined;
}

/** Whether tfjs has some data already. */
function isKnown(tf: TensorFlow, dataId: DataId): boolean {
  const { state } = tf.engine() as unknown as { state: { tensorInfo: WeakMap<DataId, unknown> } };
  return state.tensorInfo.has(dataId);
}

/** Disposes captured tensors; variables are not ours. */
export function releaseCaptured(captured: Iterable<Tensor>): void {
  for (const tensor of captured) {
    if (!isVariable(tensor)) tensor.dispose();
  }
}
