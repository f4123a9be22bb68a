import { engineInfo, type Precision } from "../lib/mod.ts";

/** Says if what the engine runs on lacks a precision that was asked for. */
export function warnOfPrecision(precision: Precision): void {
  if (precision !== "bf16" || engineInfo()!.bfloat16) return;
  console.error("warning: this processor has no AVX512-BF16; convolutions are computed in fp32");
}
