import { assertEquals, assertLess } from "@std/assert";
import type { Tensor, Tensor4D, TensorContainer } from "@tensorflow/tfjs-node-gpu";
import { engine } from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { golden } from "../_golden.ts";

interface Step {
  shape: [number, number, number, number];
  gamma: number[];
  beta: number[];
  x: number[];
  dy: number[];
  y: number[];
  dx: number[];
  dgamma: number[];
  dbeta: number[];
  runningMean: number[];
  runningVariance: number[];
  inference: number[];
}

const step = golden<Step>("batch_normalization");

Deno.test("training and inference give what PyTorch's BatchNorm2d gives", async () => {
  const tf = await engine();
  const layer = fusedBatchNormalization(tf, "norm");
  const x = tf.tensor4d(step.x, step.shape);
  layer.apply(x);
  layer.setWeights([tf.tensor1d(step.gamma), tf.tensor1d(step.beta), tf.zeros([3]), tf.ones([3])]);
  const train = (x: Tensor) => layer.apply(x, { training: true }) as Tensor4D;

  const [dx] = tf.grads(train)([x], tf.tensor4d(step.dy, step.shape));
  assertClose(dx!, step.dx);
  const [, , mean, variance] = layer.getWeights();
  assertClose(mean!, step.runningMean);
  assertClose(variance!, step.runningVariance);
  assertClose(layer.apply(x) as Tensor, step.inference);
  assertClose(train(x), step.y);
  layer.dispose();
});

Deno.test("the gradients of gamma and beta are PyTorch's", async () => {
  const tf = await engine();
  const layer = fusedBatchNormalization(tf, "norm");
  const x = tf.tensor4d(step.x, step.shape), dy = tf.tensor4d(step.dy, step.shape);
  layer.apply(x);
  layer.setWeights([tf.tensor1d(step.gamma), tf.tensor1d(step.beta), tf.zeros([3]), tf.ones([3])]);
  const { grads } = tf.variableGrads(() =>
    (layer.apply(x, { training: true }) as Tensor4D).mul(dy).sum()
  );
  const [dgamma, dbeta] = Object.values(grads);
  assertClose(dgamma!, step.dgamma);
  assertClose(dbeta!, step.dbeta);
  layer.dispose();
});

Deno.test("a saved model holds tfjs's own layer", async () => {
  const tf = await engine();
  const layer = fusedBatchNormalization(tf, "norm");
  assertEquals(layer.getClassName(), "BatchNormalization");
  const config = layer.getConfig() as Record<string, TensorContainer>;
  assertEquals([config.momentum, config.epsilon], [0.9, 1e-5]);
});

function assertClose(actual: Tensor, expected: number[]): void {
  const values = actual.dataSync();
  assertEquals(values.length, expected.length);
  expected.forEach((value, i) => assertLess(Math.abs(values[i]! - value), 1e-5));
}
