import { assertEquals, assertThrows } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { compile, engine, rawOp, TensorFlowError } from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { assertCompiledGradients } from "./_gradients.ts";
import { namesAdded } from "./_names_added.ts";

const SHAPE: [number, number, number, number] = [2, 12, 8, 3];

interface Windows {
  window: [number, number];
  stride: [number, number];
  padding?: "same" | "valid";
  name: string;
  isReplaced: boolean;
}

const WINDOWS: Windows[] = [
  { window: [2, 2], stride: [2, 2], name: "of two by two", isReplaced: true },
  {
    window: [2, 2],
    stride: [2, 2],
    padding: "same",
    name: "that need no padding",
    isReplaced: true,
  },
  { window: [3, 2], stride: [3, 2], name: "of three by two", isReplaced: true },
  { window: [3, 3], stride: [2, 2], name: "that overlap", isReplaced: false },
  { window: [5, 5], stride: [5, 5], name: "that do not fill the images", isReplaced: false },
  { window: [5, 5], stride: [5, 5], padding: "same", name: "that are padded", isReplaced: false },
  { window: [12, 8], stride: [12, 8], name: "of many places", isReplaced: false },
  { window: [1, 1], stride: [1, 1], name: "of one place", isReplaced: false },
];

for (const { window, stride, padding = "valid", name, isReplaced } of WINDOWS) {
  Deno.test(`XLA computes windows ${name} and their gradient as TensorFlow does`, async () => {
    const tf = await engine();
    const work = (images: Tensor, weights: Tensor) => {
      const pooled = (x: Tensor) => tf.maxPool(x as Tensor4D, window, stride, padding);
      const weighed = (x: Tensor) => pooled(x).mul(weights).sum();
      return [pooled(images), tf.grad(weighed)(images)];
    };
    const compiled = compile(tf, work, { createsVariables: false, xla: true });
    tf.tidy(() => {
      // Few values, so that some numbers of a window are equal.
      const images = tf.randomUniform(SHAPE, -2, 3, "int32", 1).toFloat();
      const pooled = tf.maxPool(images as Tensor4D, window, stride, padding);
      const weights = tf.randomUniform(pooled.shape, 0, 1, "float32", 2);
      const expected = work(images, weights);
      let actual: Tensor[] = [];
      const names = namesAdded(() => actual = compiled(images, weights));
      expected.forEach((tensor, i) => {
        assertEquals(actual[i]!.shape, tensor.shape);
        assertEquals(actual[i]!.dataSync(), tensor.dataSync());
      });
      assertEquals(names.has("MaxPool") || names.has("MaxPoolGrad"), !isReplaced);
    });
    compiled.dispose();
  });
}

Deno.test("two numbers that are equal do not share a window's gradient", async () => {
  const tf = await engine();
  const gradientOf = tf.grad((x: Tensor) => tf.maxPool(x as Tensor4D, 2, 2, "valid").sum());
  const compiled = compile(tf, (x: Tensor) => gradientOf(x), {
    createsVariables: false,
    xla: true,
  });
  tf.tidy(() => {
    const images = tf.tensor4d([1, 7, 7, 7], [1, 2, 2, 1]);
    assertEquals([...compiled(images).dataSync()], [0, 1, 0, 0]);
  });
  compiled.dispose();
});

Deno.test("XLA refuses paddings of its own rather than leave them out", async () => {
  const tf = await engine();
  const pooled = (images: Tensor) =>
    rawOp(tf, { name: "MaxPool", inputs: [images] }, {
      attributes: {
        T: { type: "FLOAT" },
        ksize: { int: [1, 2, 2, 1] },
        strides: { int: [1, 2, 2, 1] },
        data_format: "NHWC",
        padding: "EXPLICIT",
        explicit_paddings: { int: [0, 0, 1, 1, 1, 1, 0, 0] },
      },
    })[0]!;
  const compiled = compile(tf, pooled, { createsVariables: false, xla: true });
  tf.tidy(() => {
    const images = tf.tensor4d([1, 2, 3, 4], [1, 2, 2, 1]);
    assertThrows(() => compiled(images), TensorFlowError, "explicit padding");
  });
  compiled.dispose();
});

Deno.test("gradients through pooling of what was normalized are by XLA those of eager ops", async () => {
  const tf = await engine();
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({
        filters: 8,
        kernelSize: 3,
        padding: "same",
        useBias: false,
        inputShape: [16, 16, 3],
      }),
      fusedBatchNormalization(tf, "normalization"),
      tf.layers.reLU(),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }),
    ],
  });
  assertCompiledGradients(tf, model, { shape: [2, 16, 16, 3], xla: true });
});
