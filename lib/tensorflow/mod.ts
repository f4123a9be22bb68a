export * from "./byte_tensor.ts";
export * from "./compile.ts";
export { type Precision, PRECISIONS } from "./graph_ops.ts";
export type { Outputs } from "./own_outputs.ts";
export * from "./engine.ts";
export * from "./fuse.ts";
export * from "./in_place_adam.ts";
export * from "./in_place_variable.ts";
export { type Finding, findLibrary, hasNvidiaGpu, type LibraryWish } from "./find_library.ts";
export type { Device } from "./eager_context.ts";
export type { Bfloat16Speed } from "./one_dnn.ts";
export type { TensorFlow } from "./load_package.ts";
export type {
  LayersModel,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  Variable,
} from "@tensorflow/tfjs-node-gpu";
export * from "./logits.ts";
export * from "./raw_op.ts";
export * from "./tensorflow_error.ts";
