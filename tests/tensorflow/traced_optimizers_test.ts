import { assertEquals, assertNotEquals } from "@std/assert";
import type { Optimizer, Scalar } from "@tensorflow/tfjs-node-gpu";
import { compile, engine, type TensorFlow } from "../../lib/mod.ts";

/** A weight that an optimizer brings to a number, by a step that is compiled or not. */
function trained(tf: TensorFlow, optimizer: Optimizer, { compiled }: { compiled: boolean }) {
  const weight = tf.variable(tf.scalar(0));
  const loss = (target: Scalar) => weight.sub(target).square() as Scalar;
  const eager = (target: Scalar) => optimizer.minimize(() => loss(target), true, [weight])!;
  const step = compiled ? compile(tf, eager) : eager;
  return { weight, value: () => weight.dataSync()[0], step: () => step(tf.scalar(5)).dispose() };
}

Deno.test("an optimizer counts a compiled function's calls, and is restored exactly", async () => {
  const tf = await engine();
  const [plain, other] = [tf.train.adam(0.1), tf.train.adam(0.1)];
  const eager = trained(tf, plain, { compiled: false });
  const compiled = trained(tf, other, { compiled: true });
  for (let i = 0; i < 20; i++) [eager, compiled].forEach(({ step }) => step());
  assertEquals([plain.iterations, other.iterations], [20, 20]);
  const restored = tf.train.adam(0.1);
  await restored.setWeights(await other.getWeights());
  const next = trained(tf, restored, { compiled: false });
  next.weight.assign(compiled.weight);
  [eager, compiled, next].forEach(({ step }) => step());
  assertEquals(next.value(), eager.value());
  assertEquals(compiled.value(), eager.value());
});

Deno.test("a function within another counts an optimizer's steps once for each call", async () => {
  const tf = await engine();
  const optimizer = tf.train.sgd(0.1), weight = tf.variable(tf.scalar(1));
  const inner = compile(
    tf,
    (x: Scalar) => optimizer.minimize(() => weight.mul(x), true, [weight])!,
  );
  const outer = compile(tf, (x: Scalar) => inner(x).add(inner(x)));
  for (let i = 0; i < 5; i++) outer(tf.scalar(1)).dispose();
  assertEquals(optimizer.iterations, 10);
});

for (const name of ["sgd", "adam"] as const) {
  Deno.test(`a learning rate that changes counts in a compiled function: ${name}`, async () => {
    const tf = await engine();
    const optimizers = [tf.train[name](0.1), tf.train[name](0.1)] as const;
    const subjects = optimizers.map((one, i) => trained(tf, one, { compiled: i === 1 }));
    const values = () => subjects.map(({ value }) => value());
    const step = () => subjects.forEach(({ step }) => step());
    step();
    step();
    const [before] = values();
    for (const rate of [0, 0.5]) {
      optimizers.forEach((one) => Object.assign(one, { learningRate: rate }));
      if (name === "sgd") {
        optimizers.forEach((one) => (one as ReturnType<typeof tf.train.sgd>).setLearningRate(rate));
      }
      step();
      const [eager, compiled] = values();
      assertEquals(compiled, eager);
      if (rate === 0) assertEquals(eager, before);
      else assertNotEquals(eager, before);
    }
  });
}
