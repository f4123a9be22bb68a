import { assertEquals } from "@std/assert";
import { fileURLToPath } from "node:url";
import { VECTOR_ISAS } from "../_vector_isas.ts";

const PROGRAM = fileURLToPath(new URL("_guarded_calls.ts", import.meta.url));
const [{ missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];

// A process of its own, since it dies where code leaves its tensors.
Deno.test({ name: "machine code touches nothing beside its tensors", ignore }, async () => {
  for (const seed of ["1", "2"]) {
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-q", "--no-check", "-A", PROGRAM, seed, "150"],
      stderr: "inherit",
    }).output();
    const last = new TextDecoder().decode(stdout).trimEnd().split("\n").at(-1);
    assertEquals([code, last], [0, '["done"]']);
  }
});
