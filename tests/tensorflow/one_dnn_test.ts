import { assertEquals } from "@std/assert";
import { type Bfloat16Speed, bfloat16Speed } from "../../lib/tensorflow/one_dnn.ts";

/** What Linux says of a processor. */
function processor(vendor: string, features: string): string {
  return `processor\t: 0\nvendor_id\t: ${vendor}\nflags\t\t: fpu ${features} sse\nbugs\t\t:\n\n`;
}

const PROCESSORS: {
  name: string;
  text: string;
  speed: Bfloat16Speed;
  /** The same where float32 is computed by machine code. */
  besideMachineCode?: Bfloat16Speed;
}[] = [
  { name: "AMD Zen 3", text: processor("AuthenticAMD", "avx2"), speed: "none" },
  {
    name: "AMD Zen 4",
    text: processor("AuthenticAMD", "avx512f avx512_bf16"),
    speed: "fast",
    besideMachineCode: "slow",
  },
  {
    name: "Sapphire Rapids",
    text: processor("GenuineIntel", "avx512f avx512_bf16 avx512_fp16 amx_bf16 amx_tile"),
    speed: "fast",
  },
  {
    name: "Sapphire Rapids without AMX",
    text: processor("GenuineIntel", "avx512f avx512_bf16 avx512_fp16"),
    speed: "slow",
  },
  {
    name: "Cooper Lake",
    text: processor("GenuineIntel", "avx512f avx512_bf16"),
    speed: "fast",
    besideMachineCode: "slow",
  },
  { name: "an Arm processor", text: "processor\t: 0\nFeatures\t: fp asimd\n", speed: "none" },
];

for (const { name, text, speed, besideMachineCode = speed } of PROCESSORS) {
  Deno.test(`what bfloat16 is worth is known of ${name}`, () => {
    assertEquals(bfloat16Speed({ machineCode: false, processor: text }), speed);
    assertEquals(bfloat16Speed({ machineCode: true, processor: text }), besideMachineCode);
  });
}

Deno.test("AMX that the system refuses makes bfloat16 no faster", () => {
  const { text } = PROCESSORS.find(({ name }) => name === "Sapphire Rapids")!;
  const speed = bfloat16Speed({ machineCode: true, amxRefused: true, processor: text });
  assertEquals(speed, "slow");
});
