export { KERNEL_OP, TASK_ATTRIBUTE, WRITTEN_OP } from "./kernel_op.ts";
export { BFLOAT16_FEATURES, CHANNELS, MOST_BYTES, MOST_CHANNELS, MOST_JOINED } from "./limits.ts";
export { BFLOAT16_BYTES, FLOAT_BYTES } from "./number_bytes.ts";
export type { AdamOptions } from "./adam_code.ts";
export { type LogitsShape, MOST_CLASSES } from "./logits_rows.ts";
export type { LogitsWork } from "./logits_tasks.ts";
export { CodeUse, MachineCode } from "./machine_code.ts";
export { AVX2, AVX512, type VectorIsa } from "./vector_assembler.ts";
export type { ConvolutionShape, ConvolutionWork } from "./convolution_shape.ts";
export type { PatchShape } from "./patch_plan.ts";
export type { Bfloat16Shape } from "./bfloat16_plan.ts";
export type { ConvolutionTasks } from "./convolution_tasks.ts";
export { type Tasks, ZERO_BYTES } from "./task.ts";
export { FILTER, PART, TILE } from "./winograd_tiles.ts";
export {
  BETA_GRADIENT,
  GAMMA_GRADIENT,
  GRADIENT_ROWS,
  MEAN,
  MOVING_MEAN,
  MOVING_VARIANCE,
  SCALE_ROWS,
  STATISTIC_ROWS,
  SUM_ROWS,
  VARIANCE,
} from "./normalization_rows.ts";
export type { NormalizationWork } from "./normalization_code.ts";
export type { NormalizationOptions } from "./normalization_tasks.ts";
