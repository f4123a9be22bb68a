import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import type { EagerContext } from "../../lib/tensorflow/eager_context.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { reserveMemory } from "../../lib/tensorflow/reserve_memory.ts";
import { watched } from "./_watched.ts";

const LARGE = 40e6;

/** The machine as if it had oneDNN, with functions of which only the size is known, by their names. */
async function contextWith(sizes: Record<string, number>): Promise<EagerContext> {
  const { context } = nodeBackend(await engine()).binding;
  const functions = new Map(
    Object.entries(sizes).map(([name, largestSize]) => [name, { largestSize }]),
  );
  return Object.create(context, {
    byOneDnn: { value: true },
    functions: { value: functions },
  });
}

/** How many numbers are asked for meanwhile, by the sizes of the tensors. */
function taken(work: () => void): number[][] {
  const shapes: number[][] = [];
  watched(EagerOps.prototype, "operation", (ops, { name, inputs }) => {
    if (name === "Empty") shapes.push(ops.intsOf(inputs[0]!));
  }, work);
  return shapes;
}

// No more than a quarter of what is free is reserved.
const ignore = Deno.systemMemoryInfo().available < 4 * 3 * 4 * LARGE * 1.1;

Deno.test(
  { name: "memory for large tensors is reserved once, and more for larger ones", ignore },
  async () => {
    const context = await contextWith({ small: 1e6, large: LARGE, larger: LARGE * 1.05 });
    const reserved = (...names: string[]) =>
      taken(() => names.forEach((name) => reserveMemory(context, name)));
    assertEquals(reserved("small"), []);
    assertEquals(reserved("large", "large"), [[3, LARGE]]);
    assertEquals(reserved("larger", "large"), [[3, LARGE * 1.05]]);
  },
);

Deno.test("no memory is reserved that the system may lack", async () => {
  const context = await contextWith({ huge: 1e12 });
  assertEquals(taken(() => reserveMemory(context, "huge")), []);
});
