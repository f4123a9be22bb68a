import { type CApi, cString } from "./c_api.ts";
import { readSystemText } from "./native_library.ts";
import { takenBuffer } from "./taken_buffer.ts";

/** An op that only oneDNN has a kernel for. */
const KERNEL = "_MklNativeFusedBatchNormEx";
const SWITCH = "TF_ENABLE_ONEDNN_OPTS";
/**
 * Whether kernels of gradients are made anew each time, to save memory: at most 2 % of a U-Net's
 * training, for 3 to 4 % of the time of a step with batch 1 (an Intel Xeon with two cores).
 */
const REMAKE = "TF_MKL_OPTIMIZE_PRIMITIVE_MEMUSE";

/**
 * Lets TensorFlow use oneDNN's kernels and keep them, unless the environment says otherwise: they are
 * faster on every x86-64 processor with AVX2, but it takes them by itself only on some. It asks once,
 * when it is loaded.
 */
export function useOneDnn(): void {
  if (Deno.env.get(SWITCH) === undefined) Deno.env.set(SWITCH, "1");
  if (Deno.env.get(REMAKE) === undefined) Deno.env.set(REMAKE, "0");
}

/** Whether TensorFlow uses oneDNN's kernels; not every build of it has them. */
export function usesOneDnn(api: CApi): boolean {
  const isOn = ["1", "true"].includes((Deno.env.get(SWITCH) ?? "").toLowerCase());
  const canHave = Deno.build.os === "linux" && Deno.build.arch === "x86_64";
  return isOn && canHave && hasKernel(api, KERNEL);
}

function hasKernel(api: CApi, op: string): boolean {
  const status = api.TF_NewStatus();
  const kernels = takenBuffer(api, api.TF_GetRegisteredKernelsForOp(cString(op), status));
  api.TF_DeleteStatus(status);
  return kernels.length > 0;
}

/** How a device computes with bfloat16: faster than with float32, more slowly, or not at all. */
export type Bfloat16Speed = "fast" | "slow" | "none";

/**
 * How a processor computes with bfloat16. Without AMX oneDNN multiplies at most twice as often as in
 * float32, and machine code of ours does float32 with a quarter of the multiplications. Intel's
 * processors with AVX512-FP16 are made with AMX; where a virtual machine hides that, they are slower in
 * any case, since their AVX512-BF16 multiplies half as often as their AVX-512 in float32. One that hides
 * AVX512-FP16 too cannot be told from those that are fast.
 *
 * @param options.machineCode Whether float32 is computed by machine code of ours.
 * @param options.amxRefused Whether the system does not let a program use AMX, should there be one.
 * @param options.processor What the system says of the processor.
 */
export function bfloat16Speed(
  { machineCode, amxRefused = false, processor = processorText() }: {
    machineCode: boolean;
    amxRefused?: boolean;
    processor?: string;
  },
): Bfloat16Speed {
  const has = (name: string) => hasFeature(name, processor);
  if (!has("avx512_bf16")) return "none";
  if (has("amx_bf16") && !amxRefused) return "fast";
  const madeForAmx = fieldOf(processor, "vendor_id") === "GenuineIntel" && has("avx512_fp16");
  return machineCode || madeForAmx ? "slow" : "fast";
}

/** Whether the processor of a Linux machine on x86-64 has a feature, such as `"avx512f"`. */
export function hasFeature(name: string, processor: string = processorText()): boolean {
  return fieldOf(processor, "flags").split(" ").includes(name);
}

function processorText(): string {
  return readSystemText("/proc/cpuinfo");
}

/** What is said of the first processor. */
function fieldOf(processor: string, name: string): string {
  const [, text = ""] = new RegExp(`^${name}\\s*:(.*)$`, "m").exec(processor) ?? [];
  return text.trim();
}
