import { assertEquals } from "@std/assert";
import type { Scalar } from "@tensorflow/tfjs-node-gpu";
import { engine } from "../../lib/mod.ts";

Deno.test("a gradient through a ReLU has gradients itself", async () => {
  const tf = await engine();
  const cubed = tf.grad((x) => tf.relu(x).pow(3).sum());
  const x = tf.tensor1d([-2, 3]);
  assertEquals([...cubed(x).dataSync()], [0, 27]); // 3x²
  assertEquals([...tf.grad((x) => cubed(x).sum())(x).dataSync()], [0, 18]); // 6x
});

Deno.test("the norm of a gradient through a ReLU has gradients for all weights", async () => {
  const tf = await engine();
  const first = tf.variable(tf.tensor2d([[1, -2], [3, 4]]));
  const second = tf.variable(tf.tensor2d([[2], [5]]));
  const x = tf.tensor2d([[1, 1]]);
  // Both units are on where their sums, 4 and 2, are above 0: the gradient is `first * second`.
  const norm = () =>
    tf.grad((x) => tf.relu(x.matMul(first)).matMul(second).sum())(x).square().sum() as Scalar;
  const { value, grads } = tf.variableGrads(norm);
  assertEquals(value.dataSync()[0], (2 - 10) ** 2 + (6 + 20) ** 2);
  assertEquals([...grads[first.name]!.dataSync()], [-32, -80, 104, 260]); // 2 * gradient * second
  assertEquals([...grads[second.name]!.dataSync()], [140, 240]); // 2 * (-8 * 1 + 26 * 3), ...
  [first, second].forEach((variable) => variable.dispose());
});

Deno.test("tfjs's other backends take a ReLU's gradient too", async () => {
  const tf = await engine();
  const before = tf.getBackend();
  try {
    await tf.setBackend("cpu");
    const gradient = tf.grad((x) => tf.relu(x).square().sum())(tf.tensor1d([-2, 3]));
    assertEquals([...gradient.dataSync()], [0, 6]);
  } finally {
    await tf.setBackend(before);
  }
});
