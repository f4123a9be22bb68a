import { assertEquals, assertLess } from "@std/assert";
import { runModule } from "../_program.ts";

/** Trains for 450 steps; by the 150th, allocators and V8 have filled their pools. */
const TRAINING = `
import { engine, fit, Optimizer, parametersOf, unet } from "./lib/mod.ts";
const tf = await engine();
const frames = Array.from({ length: 8 }, (_, i) => ({ id: String(i), image: "" }));
const images = new Uint8Array(8 * 64 * 64 * 3), labels = new Uint8Array(8 * 64 * 64);
const packed = { frames, width: 64, height: 64, images, labels };
const model = unet(tf, 2, { width: 4, depth: 2 });
function measure() {
  gc();
  const handles = tf.backend().binding.getNumOfTensors();
  const resident = Deno.memoryUsage().rss;
  console.log(JSON.stringify({ tensors: tf.memory().numTensors, handles, resident }));
}
const onStep = ({ step }) => [150, 450].includes(step) && measure();
const optimizer = new Optimizer(tf, parametersOf(model));
await fit(tf, { model, packed, optimizer }, { budget: { epochs: 225 }, batch: 4, onStep });
`;

Deno.test("300 steps leave tensors, handles and resident memory as they were", async () => {
  const { code, stdout, stderr } = await runModule(TRAINING, {
    flags: ["--no-check", "--v8-flags=--expose-gc"],
  });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const [before, after] = stdout.trim().split("\n").map((line) => JSON.parse(line));
  assertEquals([after.tensors, after.handles], [before.tensors, before.handles]);
  // One activation at full resolution is 256 KB: kept from every step, they would be 75 MB.
  assertLess(after.resident - before.resident, 25e6);
});
