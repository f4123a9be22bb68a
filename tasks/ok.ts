// The whole gate, stopping at the first failure:
//   deno task ok

import { assertMapFlags } from "./_assert_map.ts";

const map = await assertMapFlags();
const STEPS = [
  ["fmt", "--check"],
  ["lint", "--quiet"],
  ["check", "--quiet", ...map, "lib", "tasks", "tests"],
  ["task", "--quiet", "test"],
];

for (const args of STEPS) {
  const { code } = await new Deno.Command(Deno.execPath(), { args }).spawn().status;
  if (code !== 0) {
    console.error(`failed: deno ${args[0]}`);
    Deno.exit(code);
  }
}
