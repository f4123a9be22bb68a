// Runs all tests and the examples in the documentation:
//   deno task test [files or options of deno test]

import { assertMapFlags } from "./_assert_map.ts";

const WHAT = ["lib", "tests", "README.md"];
const COUNTS = /(\d+) passed.*\| (\d+) failed(?:.*\| (\d+) ignored)?/;

const chosen = Deno.args.some((argument) => !argument.startsWith("-")) ? [] : WHAT;
const child = new Deno.Command(Deno.execPath(), {
  args: ["test", "--doc", "-A", "--no-prompt", ...await assertMapFlags(), ...Deno.args, ...chosen],
  stdout: "piped",
  // A GPU must not round what is compared.
  env: { NO_COLOR: "1", NVIDIA_TF32_OVERRIDE: "0" },
}).spawn();

let counts: RegExpExecArray | null = null;
for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
  await Deno.stdout.write(new TextEncoder().encode(text));
  counts = COUNTS.exec(text) ?? counts;
}
const { code } = await child.status;
if (counts) {
  const [, passed, failed, ignored = "0"] = counts;
  console.log(`${passed} passed, ${failed} failed, ${ignored} skipped`);
}
Deno.exit(code);
