import { type Bfloat16Speed, engineInfo, type Precision } from "../lib/mod.ts";

/** Why float32 takes the place of bfloat16. */
export const WHY_NOT_BFLOAT16: Record<Exclude<Bfloat16Speed, "fast">, string> = {
  none: "bfloat16 needs a processor with AVX512-BF16 and TensorFlow's oneDNN",
  slow: "without AMX this processor is slower in bfloat16 than in float32",
};

/** Says if what the engine runs on is not faster with a precision that was asked for. */
export function warnOfPrecision(precision: Precision): void {
  const { bfloat16 } = engineInfo()!;
  if (precision !== "bf16" || bfloat16 === "fast") return;
  console.error(`warning: ${WHY_NOT_BFLOAT16[bfloat16]}; convolutions are computed in fp32`);
}
