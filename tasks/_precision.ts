import type { Option } from "commander";
import { type Bfloat16Speed, engineInfo, type Precision, PRECISIONS } from "../lib/mod.ts";
import { choice } from "./_command.ts";

/** Why float32 takes the place of bfloat16. */
export const WHY_NOT_BFLOAT16: Record<Exclude<Bfloat16Speed, "fast">, string> = {
  none: "bfloat16 needs a processor with AVX512-BF16 and TensorFlow's oneDNN",
  slow: "without AMX this processor is slower in bfloat16 than in float32",
};

/** The option of the commands that compute. */
export function precisionOption(): Option {
  const about = "what convolutions compute in; bf16 where that is faster";
  return choice("--precision <name>", about, PRECISIONS);
}

/** Says if what the engine runs on is not faster with a precision that was asked for. */
export function warnOfPrecision(precision: Precision): void {
  const { bfloat16 } = engineInfo()!;
  if (precision !== "bf16" || bfloat16 === "fast") return;
  console.error(`warning: ${WHY_NOT_BFLOAT16[bfloat16]}; convolutions are computed in fp32`);
}
