import type { LayersModel, Tensor, Variable } from "@tensorflow/tfjs-node-gpu";

/** A weight of a model under the name that PyTorch's `state_dict` has for it. */
export interface Parameter {
  /** Such as `"d.0.1.running_mean"`. */
  name: string;
  variable: Variable;
  /** Whether the optimizer changes it; moving averages are not trained. */
  trainable: boolean;
  /**
   * The order in which PyTorch has the axes, as axes of tfjs's tensor: a convolution's kernel is
   * `[H, W, in, out]` here and `[out, in, H, W]` there.
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
/** `[H, W, in, out]` to `[out, in, H, W]`; of a transposed convolution, `[H, W, out, in]` likewise. */
const KERNEL_AXES = [3, 2, 0, 1];

/** The weights of a model, in the order of its layers. The model keeps owning them. */
export function parametersOf(model: LayersModel): Parameter[] {
  return model.layers.flatMap((layer) =>
    layer.weights.map((weight) => {
      const variable = weight.read() as Variable;
      const kind = weight.originalName.split("/").at(-1)!;
      return {
        name: `${layer.name}.${TORCH_NAMES[kind] ?? kind}`,
        variable,
        trainable: weight.trainable,
        torchAxes: variable.rank === 4 ? KERNEL_AXES : variable.shape.map((_, axis) => axis),
      };
    })
  );
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
