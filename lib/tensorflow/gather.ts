import type { KernelConfig } from "@tensorflow/tfjs-node-gpu";
import type { Binding } from "./binding.ts";
import type { TensorFlow } from "./load_package.ts";

const KERNEL = { name: "GatherV2", backend: "tensorflow" };

/**
 * Lets `tf.gather`, and with it embeddings, be compiled. The package's kernel reads the indices first, to
 * check them; in a compiled function TensorFlow's does: on a CPU it refuses those out of range, on a GPU it
 * gives zeros for them.
 */
export function useUncheckedGather(tf: TensorFlow, binding: Binding): void {
  const { name: kernelName, backend: backendName } = KERNEL;
  const { kernelFunc } = tf.getKernel(kernelName, backendName);
  const gather: KernelConfig["kernelFunc"] = ({ backend, ...rest }) => {
    const unread = () => Object.create(backend as object, { readSync: { value: () => [] } });
    return kernelFunc({ ...rest, backend: binding.isTracing ? unread() : backend });
  };
  tf.unregisterKernel(kernelName, backendName);
  tf.registerKernel({ kernelName, backendName, kernelFunc: gather });
}
