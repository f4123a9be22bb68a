import { assertEquals } from "@std/assert";
import { compilePng } from "../../../tasks/compile_png.ts";

Deno.test("png.wasm is what its sources compile to", async () => {
  const committed = await Deno.readFile(new URL("../../../lib/data/png/png.wasm", import.meta.url));
  assertEquals(committed.toBase64(), (await compilePng()).toBase64(), "run deno task compile-png");
});
