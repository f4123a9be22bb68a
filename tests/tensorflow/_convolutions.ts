import { assertEquals, assertLess } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { engine, type TensorFlow } from "../../lib/mod.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { bytesOfHandle, hostHandle } from "../../lib/tensorflow/handle.ts";
import type { CodeUse } from "../../lib/tensorflow/machine_code/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import type { OpCall } from "../../lib/tensorflow/op_runner.ts";
import { machineCodeFor, VECTOR_ISAS } from "./_vector_isas.ts";

type Shape = [number, number, number, number];

/** A convolution of images `[B, H, W, in]` with a filter `[h, w, in, out]`. */
export interface Case {
  images: Shape;
  filter: Shape;
  stride?: number;
  padding?: "SAME" | "VALID" | "EXPLICIT";
  /** Whether the numbers are those of bfloat16. */
  rounded?: boolean;
  /** Settings that only an op that is left alone may have. */
  settings?: OpAttribute[];
}

/** The ops of a convolution and its gradients. */
export const CONVOLUTIONS = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"] as const;
export type Convolution = typeof CONVOLUTIONS[number];

/** Computes a convolution by other ops, or leaves it alone. */
export type Compute = (
  ops: EagerOps,
  call: OpCall<Deno.PointerValue>,
) => Deno.PointerValue | undefined;

/** TensorFlow's own. */
export const asItIs: Compute = (ops, call) => ops.operation(call)[0];

/** A convolution with a filter of 3x3 that keeps the size of images `[B, H, W]`. */
export function square(images: [number, number, number], channels: number, filters: number): Case {
  return { images: [...images, channels], filter: [3, 3, channels, filters] };
}

/** One whose filter is as large as its stride. */
export function patches(
  images: [number, number, number],
  channels: number,
  filters: number,
  stride: number,
): Case {
  return {
    images: [...images, channels],
    filter: [stride, stride, channels, filters],
    stride,
  };
}

/**
 * Tests convolutions and their gradients by machine code, with each kind of vectors.
 *
 * @param by Computes by some code.
 * @param cases.small Of these the JavaScript backend tells what is right.
 * @param cases.large Of these TensorFlow's own kernels.
 * @param cases.threads Among how many threads the large ones are divided.
 * @param cases.leftAlone What there is no machine code for.
 */
export function testMachineCode(
  by: (code: CodeUse) => Compute,
  { small, large, threads, leftAlone }: {
    small: Case[];
    large: { case: Case; what: string }[];
    threads: number[];
    leftAlone: Case[];
  },
): void {
  const [{ isa, missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];
  for (const op of CONVOLUTIONS) {
    for (const one of leftAlone) {
      Deno.test({ name: `left alone: ${op} of ${describe(one)}`, ignore }, async () => {
        const compute = by(await machineCodeFor(isa));
        assertEquals(byOtherOps(await engine(), op, one, compute), undefined);
      });
    }
  }
  for (const { name, isa, missing: ignore } of VECTOR_ISAS) {
    for (const op of CONVOLUTIONS) {
      const compare = async (one: Case, expected: Float32Array, threads: number[]) => {
        for (const count of threads) {
          const compute = by(await machineCodeFor(isa, count));
          assertClose(byOtherOps(await engine(), op, one, compute)!, expected);
        }
      };
      for (const one of small) {
        const title = `as in the package's JavaScript backend with ${name}: ${op} of ${
          describe(one)
        }`;
        Deno.test({ name: title, ignore }, async () => {
          await compare(one, await inJavaScript(await engine(), op, one), [1, 2, 5]);
        });
      }
      for (const { what, case: one } of large) {
        const title = `as TensorFlow's own with ${name}: ${op} of ${what}, ${describe(one)}`;
        Deno.test({ name: title, ignore }, async () => {
          await compare(one, byOtherOps(await engine(), op, one, asItIs)!, threads);
        });
      }
    }
  }
}

/** What a convolution gives for drawn numbers by the package's JavaScript backend. */
export async function inJavaScript(
  tf: TensorFlow,
  op: Convolution,
  one: Case,
): Promise<Float32Array> {
  const { images, filter, gradient } = draw(tf, one);
  tf.setBackend("cpu");
  try {
    const convolved = (images: Tensor4D, filter: Tensor4D) => convolve(tf, { images, filter }, one);
    const result = {
      Conv2D: () => convolved(images, filter),
      Conv2DBackpropInput: () =>
        tf.grad((images) => convolved(images as Tensor4D, filter))(images, gradient),
      Conv2DBackpropFilter: () =>
        tf.grad((filter) => convolved(images, filter as Tensor4D))(filter, gradient),
    }[op]();
    return await result.data() as Float32Array;
  } finally {
    tf.setBackend("tensorflow");
  }
}

/** What a convolution gives for the same numbers by other ops; `undefined` where it is left alone. */
export function byOtherOps(
  tf: TensorFlow,
  op: Convolution,
  one: Case,
  compute: Compute,
): Float32Array | undefined {
  const { images, filter, gradient } = draw(tf, one);
  const { stride = 1, padding = "SAME" } = one;
  const { context } = nodeBackend(tf).binding;
  using ops = new EagerOps(context);
  const handle = (tensor: Tensor4D) =>
    hostHandle(context, { shape: tensor.shape, dtype: DataType.FLOAT }, tensor.dataSync());
  const inputs = {
    Conv2D: () => [handle(images), handle(filter)],
    Conv2DBackpropFilter: () => [handle(images), ops.ints(filter.shape, [4]), handle(gradient)],
    Conv2DBackpropInput: () => [ops.ints(images.shape, [4]), handle(filter), handle(gradient)],
  }[op]();
  const attributes = [
    { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
    { name: "strides", type: AttributeType.INT, value: [1, stride, stride, 1] },
    { name: "padding", type: AttributeType.STRING, value: padding },
    { name: "data_format", type: AttributeType.STRING, value: "NHWC" },
    { name: "dilations", type: AttributeType.INT, value: [1, 1, 1, 1] },
    ...one.settings ?? [],
  ];
  const output = compute(ops, { name: op, inputs, attributes, outputs: 1 });
  return output ? new Float32Array(bytesOfHandle(context, output)) : undefined;
}

/** A convolution's name in a test. */
export function describe({ images, filter, stride = 1, padding = "SAME", settings }: Case): string {
  const others = (settings ?? []).map(({ name, value }) => `, ${name} ${value}`).join("");
  return `${images.join("x")} with ${filter.join("x")}, stride ${stride}, ${padding}${others}`;
}

/** Sums of thousands of products, of which each term may be rounded. */
export function assertClose(actual: Float32Array, expected: Float32Array): void {
  assertEquals(actual.length, expected.length);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  actual.forEach((value, i) => assertLess(Math.abs(value - expected[i]!), 1e-5 * largest));
}

interface Drawn {
  images: Tensor4D;
  filter: Tensor4D;
  /** Of the result. */
  gradient: Tensor4D;
}

function draw(tf: TensorFlow, one: Case): Drawn {
  const numbers = (shape: Shape, seed: number) => {
    const drawn = tf.randomNormal(shape, 0, 1, "float32", seed) as Tensor4D;
    return one.rounded ? tf.tensor4d(rounded(drawn.dataSync() as Float32Array), shape) : drawn;
  };
  const images = numbers(one.images, 1), filter = numbers(one.filter, 2);
  const { shape } = convolve(tf, { images, filter }, one);
  return { images, filter, gradient: numbers(shape, 3) };
}

/** Numbers rounded to bfloat16: to the upper half of their bits, ties to even. */
export function rounded(numbers: Float32Array): Float32Array {
  const bits = new Uint32Array(Float32Array.from(numbers).buffer);
  return new Float32Array(bits.map((n) => (n + 0x7fff + (n >>> 16 & 1)) & 0xffff0000).buffer);
}

function convolve(
  tf: TensorFlow,
  { images, filter }: Pick<Drawn, "images" | "filter">,
  { stride = 1, padding = "SAME" }: Case,
): Tensor4D {
  return tf.conv2d(images, filter, stride, padding === "SAME" ? "same" : "valid");
}
