import { engineInfo, type Precision } from "../lib/mod.ts";

const REASONS = {
  none: "this processor has no AVX512-BF16",
  slow: "this processor is slower in bfloat16 than in float32, having no AMX",
};

/** Says if what the engine runs on is not faster with a precision that was asked for. */
export function warnOfPrecision(precision: Precision): void {
  const { bfloat16 } = engineInfo()!;
  if (precision !== "bf16" || bfloat16 === "fast") return;
  console.error(`warning: ${REASONS[bfloat16]}; convolutions are computed in fp32`);
}
