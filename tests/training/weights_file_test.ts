import { assertEquals, assertThrows } from "@std/assert";
import { join } from "node:path";
import { encodeSafetensors, openWeights } from "../../lib/mod.ts";

Deno.test("tensors of a weights' file are read when they are asked for; what fails then names it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "weights.safetensors");
    const tensors = new Map([
      ["module.a", { data: Float32Array.of(1, 2), shape: [2] }],
      ["module.b", { data: BigInt64Array.of(3n), shape: [] }],
    ]);
    const bytes = encodeSafetensors({ tensors, metadata: { format: "pt" } });
    await Deno.writeFile(path, bytes);
    using file = await openWeights(path);
    assertEquals(file.metadata, { format: "pt" });
    assertEquals([...file.tensors.keys()], ["a", "b"]);
    const a = file.tensors.get("a")!, b = file.tensors.get("b")!;
    assertEquals([a.dtype, b.dtype, a.shape, b.shape], ["float32", "int64", [2], []]);
    await Deno.truncate(path, bytes.length - 8);
    assertEquals(a.read(), Float32Array.of(1, 2));
    assertThrows(() => b.read(), Error, `Cannot load ${path}: it is cut short at byte`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
