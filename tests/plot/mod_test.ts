import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";

Deno.test("importing lib/plot/ loads nothing: it asks for no permission", async () => {
  const { code, stderr } = await new Deno.Command("deno", {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      fileURLToPath(import.meta.resolve("../../lib/plot/mod.ts")),
    ],
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  assertEquals(code, 0);
});
