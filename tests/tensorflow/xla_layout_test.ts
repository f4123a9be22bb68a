import { assertEquals } from "@std/assert";
import { chooseXlaLayout } from "../../lib/tensorflow/xla_layout.ts";

const NAMES = ["NVIDIA_TF32_OVERRIDE", "XLA_FLAGS"] as const;
const CHANNELS_FIRST = "--xla_gpu_force_conv_nchw=true";

for (
  const { name, before, after } of [
    { name: "rounds to TF32", before: {}, after: undefined },
    {
      name: "is told to round to TF32",
      before: { NVIDIA_TF32_OVERRIDE: "1" },
      after: undefined,
    },
    {
      name: "does not round to TF32",
      before: { NVIDIA_TF32_OVERRIDE: "0" },
      after: CHANNELS_FIRST,
    },
    {
      name: "has other flags too",
      before: { NVIDIA_TF32_OVERRIDE: "0", XLA_FLAGS: "--xla_dump_to=there" },
      after: `--xla_dump_to=there ${CHANNELS_FIRST}`,
    },
    {
      name: "has its flags in a file",
      before: { NVIDIA_TF32_OVERRIDE: "0", XLA_FLAGS: "flags.txt" },
      after: "flags.txt",
    },
    {
      name: "has a layout already",
      before: { NVIDIA_TF32_OVERRIDE: "0", XLA_FLAGS: "--xla_gpu_force_conv_nhwc=true" },
      after: "--xla_gpu_force_conv_nhwc=true",
    },
  ] as { name: string; before: Record<string, string>; after: string | undefined }[]
) {
  Deno.test(`the layout that XLA takes on a GPU that ${name}`, () => {
    const saved = NAMES.map((name) => [name, Deno.env.get(name)] as const);
    const put = (name: string, value: string | undefined) =>
      value === undefined ? Deno.env.delete(name) : Deno.env.set(name, value);
    try {
      NAMES.forEach((name) => put(name, before[name]));
      chooseXlaLayout();
      assertEquals(Deno.env.get("XLA_FLAGS"), after);
      // A process started by this one has the flags of this one.
      chooseXlaLayout();
      assertEquals(Deno.env.get("XLA_FLAGS"), after);
    } finally {
      saved.forEach(([name, value]) => put(name, value));
    }
  });
}
