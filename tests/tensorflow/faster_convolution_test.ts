import { assertEquals, assertLess } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { engine, type TensorFlow } from "../../lib/mod.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { fasterConvolution } from "../../lib/tensorflow/faster_convolution.ts";
import { bytesOfHandle, hostHandle } from "../../lib/tensorflow/handle.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";

type Shape = [number, number, number, number];

/** A convolution of images `[B, H, W, in]` with a filter `[h, w, in, out]`. */
interface Case {
  images: Shape;
  filter: Shape;
  stride?: number;
  padding?: "SAME" | "VALID";
}

const FORWARD: Case[] = [
  { images: [1, 32, 16, 3], filter: [3, 3, 3, 5] },
  { images: [1, 16, 33, 4], filter: [5, 3, 4, 2] },
];

const FILTER_GRADIENTS: Case[] = [
  { images: [1, 64, 32, 16], filter: [3, 3, 16, 16] },
  { images: [2, 32, 64, 16], filter: [3, 3, 16, 32] },
  { images: [1, 41, 53, 32], filter: [3, 5, 32, 16] },
  { images: [16, 48, 44, 16], filter: [1, 3, 16, 16] },
  { images: [1, 3, 2, 1024], filter: [3, 3, 1024, 512] },
  { images: [3, 8, 6, 5], filter: [2, 2, 5, 7], stride: 2 },
  { images: [2, 9, 3, 4], filter: [3, 3, 4, 2], stride: 3 },
];

const LEFT_ALONE: [op: string, Case][] = [
  ["Conv2D", { images: [2, 32, 32, 16], filter: [3, 3, 16, 16] }],
  ["Conv2D", { images: [1, 32, 32, 16], filter: [3, 3, 16, 16], padding: "VALID" }],
  ["Conv2D", { images: [1, 32, 32, 16], filter: [2, 2, 16, 16] }],
  ["Conv2D", { images: [1, 64, 64, 16], filter: [3, 3, 16, 16], stride: 2 }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 3], filter: [3, 3, 3, 16] }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 16], filter: [1, 1, 16, 16] }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 16], filter: [3, 3, 16, 16], padding: "VALID" }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 16], filter: [3, 3, 16, 16], stride: 2 }],
  ["Conv2DBackpropFilter", { images: [2, 7, 7, 16], filter: [2, 2, 16, 16], stride: 2 }],
  ["Conv2DBackpropInput", { images: [1, 64, 64, 16], filter: [3, 3, 16, 16] }],
];

for (const one of FORWARD) {
  Deno.test(`a convolution as in the package's JavaScript backend: ${describe(one)}`, async () => {
    const tf = await engine();
    const drawn = draw(tf, one);
    const expected = await inJavaScript(tf, () => convolve(tf, drawn, one).data());
    assertClose(run(tf, "Conv2D", { ...one, ...drawn })!, expected);
  });
}

for (const one of FILTER_GRADIENTS) {
  Deno.test(`a filter's gradient as in the package's JavaScript backend: ${describe(one)}`, async () => {
    const tf = await engine();
    const drawn = draw(tf, one);
    const expected = await inJavaScript(tf, () => {
      const gradient = tf.grad((filter) =>
        convolve(tf, { ...drawn, filter: filter as Tensor4D }, one)
      );
      return gradient(drawn.filter, drawn.gradient).data();
    });
    assertClose(run(tf, "Conv2DBackpropFilter", { ...one, ...drawn })!, expected);
  });
}

for (const [op, one] of LEFT_ALONE) {
  Deno.test(`left alone: ${op} of ${describe(one)}`, async () => {
    const tf = await engine();
    assertEquals(run(tf, op, { ...one, ...draw(tf, one) }), undefined);
  });
}

interface Drawn {
  images: Tensor4D;
  filter: Tensor4D;
  /** Of the result. */
  gradient: Tensor4D;
}

function draw(tf: TensorFlow, one: Case): Drawn {
  const images = tf.randomNormal(one.images, 0, 1, "float32", 1) as Tensor4D;
  const filter = tf.randomNormal(one.filter, 0, 1, "float32", 2) as Tensor4D;
  const { shape } = convolve(tf, { images, filter }, one);
  return { images, filter, gradient: tf.randomNormal(shape, 0, 1, "float32", 3) as Tensor4D };
}

function convolve(
  tf: TensorFlow,
  { images, filter }: Pick<Drawn, "images" | "filter">,
  { stride = 1, padding = "SAME" }: Case,
): Tensor4D {
  return tf.conv2d(images, filter, stride, padding === "SAME" ? "same" : "valid");
}

async function inJavaScript<T>(tf: TensorFlow, work: () => Promise<T>): Promise<T> {
  tf.setBackend("cpu");
  try {
    return await work();
  } finally {
    tf.setBackend("tensorflow");
  }
}

/** The result by {@linkcode fasterConvolution}. */
function run(
  tf: TensorFlow,
  name: string,
  { images, filter, gradient, stride = 1, padding = "SAME" }: Drawn & Omit<Case, keyof Drawn>,
): Float32Array | undefined {
  const { context } = nodeBackend(tf).binding;
  using ops = new EagerOps(context);
  const handle = (tensor: Tensor4D) =>
    hostHandle(context, { shape: tensor.shape, dtype: DataType.FLOAT }, tensor.dataSync());
  const inputs = {
    Conv2D: () => [handle(images), handle(filter)],
    Conv2DBackpropFilter: () => [handle(images), ops.ints(filter.shape, [4]), handle(gradient)],
    Conv2DBackpropInput: () => [ops.ints(images.shape, [4]), handle(filter), handle(gradient)],
  }[name]!();
  const attributes = [
    { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
    { name: "strides", type: AttributeType.INT, value: [1, stride, stride, 1] },
    { name: "padding", type: AttributeType.STRING, value: padding },
    { name: "data_format", type: AttributeType.STRING, value: "NHWC" },
    { name: "dilations", type: AttributeType.INT, value: [1, 1, 1, 1] },
  ];
  const output = fasterConvolution(ops, { name, inputs, attributes });
  return output ? new Float32Array(bytesOfHandle(context, output)) : undefined;
}

function describe({ images, filter, stride = 1, padding = "SAME" }: Case): string {
  return `${images.join("x")} with ${filter.join("x")}, stride ${stride}, ${padding}`;
}

/** Sums of thousands of products, of which each term may be rounded. */
function assertClose(actual: Float32Array, reference: ArrayLike<number>): void {
  const expected = Float32Array.from(reference);
  assertEquals(actual.length, expected.length);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  actual.forEach((value, i) => assertLess(Math.abs(value - expected[i]!), 1e-5 * largest));
}
