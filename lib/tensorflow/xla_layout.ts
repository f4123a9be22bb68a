/** What XLA reads its settings from when it first compiles. */
const FLAGS = "XLA_FLAGS";
/** The common beginning of the flags for the layout of convolutions' images. */
const LAYOUT = "xla_gpu_force_conv";
/** Where NVIDIA's libraries are told not to round float32 to TF32. */
const ROUNDING = "NVIDIA_TF32_OVERRIDE";

/**
 * Has XLA lay out images with channels first on a GPU where float32 is not rounded to TF32: cuDNN has
 * no other kernels for that, and would turn the images of each convolution around and back. A layout
 * that the environment names already stays, and so does a file of flags. It is the layout for other
 * types too.
 */
export function chooseXlaLayout(): void {
  const flags = Deno.env.get(FLAGS) ?? "";
  const isFile = flags !== "" && !flags.startsWith("-");
  if (Deno.env.get(ROUNDING) !== "0" || isFile || flags.includes(LAYOUT)) return;
  Deno.env.set(FLAGS, `${flags} --${LAYOUT}_nchw=true`.trim());
}
