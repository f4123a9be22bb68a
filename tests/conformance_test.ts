import { assertEquals, assertGreaterOrEqual } from "@std/assert";
import { runDeno } from "./_program.ts";

const PERMISSIONS = ["-R", "-W", "-E", "--allow-ffi", "--allow-sys=uid,gid", "--allow-run"];
const COUNTS = /^(?<passed>\d+) passed, (?<failed>\d+) failed \((?<explained>\d+) explained\)/m;

Deno.test("the engine passes the tests of tfjs-core and tfjs-node-gpu but explained ones", async () => {
  const command = ["run", "--no-prompt", ...PERMISSIONS, "tests/conformance/run.ts"];
  const { code, stdout, stderr } = await runDeno(command);
  assertEquals(code, 0, stdout + stderr);
  const { passed, failed, explained } = COUNTS.exec(stdout)?.groups ?? {};
  assertGreaterOrEqual(Number(passed), 3900);
  assertEquals(failed, explained);
});
