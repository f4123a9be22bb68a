import { assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { crossEntropy, engine } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

interface Case {
  shape: [number, number, number, number];
  logits: number[];
  labels: number[];
  loss: number;
  gradient: number[];
}

Deno.test("crossEntropy() and its gradient are PyTorch's with an ignore index", async () => {
  const tf = await engine();
  const { shape, logits, labels, loss, gradient } = golden<Case>("cross_entropy");
  const labels_BHW = tf.tensor3d(labels, [shape[0], shape[1], shape[2]], "int32");
  const compute = (logits: Tensor4D) => crossEntropy(tf, { logits, labels: labels_BHW });
  const { value, grad } = tf.valueAndGrad(compute)(tf.tensor4d(logits, shape));
  assertAlmostEquals(value.dataSync()[0]!, loss, 1e-6);
  const actual = grad.dataSync();
  gradient.forEach((expected, i) => assertLess(Math.abs(actual[i]! - expected), 1e-7));
});

Deno.test("crossEntropy() with class weights is PyTorch's", async () => {
  const tf = await engine();
  const { shape, logits, labels, loss, weights } = golden<Case & { weights: number[] }>(
    "weighted_cross_entropy",
  );
  const batch = {
    logits: tf.tensor4d(logits, shape),
    labels: tf.tensor3d(labels, [shape[0], shape[1], shape[2]], "int32"),
  };
  const actual = crossEntropy(tf, batch, { classWeights: weights }).dataSync()[0]!;
  assertAlmostEquals(actual, loss, 1e-6);
});

Deno.test("crossEntropy() of a batch that is all void is 0, and so is its gradient", async () => {
  const tf = await engine();
  const labels = tf.tensor3d([255, 255, 255, 255], [1, 2, 2], "int32");
  const compute = (logits: Tensor4D) => crossEntropy(tf, { logits, labels });
  const { value, grad } = tf.valueAndGrad(compute)(tf.tensor4d(Array(12).fill(1), [1, 2, 2, 3]));
  assertEquals(value.dataSync()[0], 0);
  assertEquals([...grad.abs().dataSync()], Array(12).fill(0));
});

Deno.test("crossEntropy() leaves only its result behind", async () => {
  const tf = await engine();
  const logits = tf.tensor4d(Array(12).fill(1), [1, 2, 2, 3]);
  const labels = tf.tensor3d([0, 1, 2, 255], [1, 2, 2], "int32");
  const before = tf.memory().numTensors;
  crossEntropy(tf, { logits, labels });
  assertEquals(tf.memory().numTensors, before + 1);
});
