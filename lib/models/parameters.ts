import type { LayersModel, Tensor, Variable } from "@tensorflow/tfjs-node-gpu";
import { leafLayers } from "./leaf_layers.ts";

/** A weight of a model under the name that PyTorch's `state_dict` has for it. */
export interface Parameter {
  /** Such as `"d.0.1.running_mean"`. */
  name: string;
  variable: Variable;
  /** Whether the optimizer changes it; moving averages and frozen layers are not trained. */
  trainable: boolean;
  /**
   * The order in which PyTorch has the axes, as axes of tfjs's tensor: a convolution's kernel is
   * `[H, W, in, out]` here and `[out, in, H, W]` there, a dense layer's `[in, out]` and `[out, in]`.
   */
  torchAxes: number[];
}

const TORCH_NAMES: Record<string, string> = {
  kernel: "weight",
  bias: "bias",
  gamma: "weight",
  beta: "bias",
  moving_mean: "running_mean",
  moving_variance: "running_var",
};
/**
 * The weights of a model, in the order of its layers, each under a name of its own. The model keeps
 * owning them.
 */
export function parametersOf(model: LayersModel): Parameter[] {
  const trained = new Set(model.trainableWeights);
  const times = new Map<string, number>();
  return leafLayers(model).flatMap(({ path, layer }) =>
    layer.weights.map((weight) => {
      const variable = weight.read() as Variable;
      const kind = weight.originalName.split("/").at(-1)!;
      const name = `${path}.${TORCH_NAMES[kind] ?? kind}`;
      // A layer that wraps others, such as a bidirectional one, has some of a kind.
      const time = (times.get(name) ?? 0) + 1;
      times.set(name, time);
      return {
        name: time === 1 ? name : `${name}_${time}`,
        variable,
        trainable: trained.has(weight),
        torchAxes: torchAxesOf(kind, variable.rank),
      };
    })
  );
}

function torchAxesOf(kind: string, rank: number): number[] {
  const axes = Array.from({ length: rank }, (_, axis) => axis);
  if (!kind.endsWith("kernel")) return axes;
  const inner = axes.splice(-2);
  // Also [H, W, out, in] of a transposed convolution is turned round; [H, W, in, each] is not.
  return kind === "depthwise_kernel" ? [...inner, ...axes] : [...inner.reverse(), ...axes];
}

/** A weight in PyTorch's layout; the caller owns the tensor. */
export function toTorchLayout(parameter: Parameter, tensor: Tensor): Tensor {
  return tensor.transpose(parameter.torchAxes);
}

/** A weight in tfjs's layout from PyTorch's; the caller owns the tensor. */
export function fromTorchLayout(parameter: Parameter, tensor: Tensor): Tensor {
  const inverse = parameter.torchAxes.map((_, axis) => parameter.torchAxes.indexOf(axis));
  return tensor.transpose(inverse);
}
