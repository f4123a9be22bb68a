import { readSystemText } from "./native_library.ts";

const SWITCH = "TF_ENABLE_ONEDNN_OPTS";

/**
 * Lets TensorFlow use oneDNN's kernels, unless the environment says otherwise: they are faster on
 * every x86-64 processor with AVX2, but it takes them by itself only on some. It asks once, when it
 * is loaded.
 */
export function useOneDnn(): void {
  if (Deno.env.get(SWITCH) === undefined) Deno.env.set(SWITCH, "1");
}

/** Whether TensorFlow uses oneDNN's kernels. */
export function usesOneDnn(): boolean {
  const isOn = ["1", "true"].includes((Deno.env.get(SWITCH) ?? "").toLowerCase());
  return Deno.build.os === "linux" && Deno.build.arch === "x86_64" && isOn;
}

/** Whether the processor of a Linux machine on x86-64 has a feature, such as `"avx512f"`. */
export function hasFeature(name: string): boolean {
  const [, flags = ""] = /^flags\s*:(.*)$/m.exec(readSystemText("/proc/cpuinfo")) ?? [];
  return flags.split(" ").includes(name);
}
