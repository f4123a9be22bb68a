import { assert, assertEquals, assertLess } from "@std/assert";
import type { Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { engine } from "../../lib/mod.ts";
import { bfloat16Convolution } from "../../lib/tensorflow/bfloat16_convolution.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { executeOp } from "../../lib/tensorflow/execute_op.ts";
import { bytesOfHandle, hostHandle } from "../../lib/tensorflow/handle.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";

/**
 * The error of a sum of some hundred products of numbers with 8 bits, as a share of the largest
 * result. A processor without AVX512-BF16 rounds each partial sum to 8 bits too.
 */
const ROUNDING = 0.05;

for (const name of ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"]) {
  Deno.test(`${name} in bfloat16 is that in float32, rounded`, async () => {
    const tf = await engine();
    const { context } = nodeBackend(tf).binding;
    using ops = new EagerOps(context);
    const handle = (shape: [number, number, number, number], seed: number) => {
      const tensor = tf.randomNormal(shape, 0, 1, "float32", seed) as Tensor4D;
      return hostHandle(context, { shape, dtype: DataType.FLOAT }, tensor.dataSync());
    };
    const images = handle([2, 8, 8, 16], 1);
    const filter = handle([3, 3, 16, 16], 2);
    const gradient = handle([2, 8, 8, 16], 3);
    const inputs = {
      Conv2D: [images, filter],
      Conv2DBackpropInput: [ops.ints([2, 8, 8, 16], [4]), filter, gradient],
      Conv2DBackpropFilter: [images, ops.ints([3, 3, 16, 16], [4]), gradient],
    }[name]!;
    const attributes = [
      { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
      { name: "strides", type: AttributeType.INT, value: [1, 1, 1, 1] },
      { name: "padding", type: AttributeType.STRING, value: "SAME" },
    ];
    const rounded = bfloat16Convolution(ops, { name, inputs, attributes });
    assert(rounded);
    const [exact] = executeOp(context, name, { inputs, attributes, outputs: 1 });
    const [actual, expected] = [rounded, exact!].map((handle) =>
      new Float32Array(bytesOfHandle(context, handle))
    ) as [Float32Array, Float32Array];
    const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const errors = actual.map((value, i) => Math.abs(value - expected[i]!) / largest);
    assertLess(Math.max(...errors), ROUNDING);
    assertLess(1e-5, Math.max(...errors));
  });
}

Deno.test("what is no convolution of float32 is left alone", async () => {
  const tf = await engine();
  const { context } = nodeBackend(tf).binding;
  using ops = new EagerOps(context);
  const numbers = ops.ints([1, 2], [2]);
  const call = { name: "Add", inputs: [numbers, numbers], attributes: [] };
  assertEquals(bfloat16Convolution(ops, call), undefined);
  assertEquals(bfloat16Convolution(ops, { ...call, name: "Conv2D" }), undefined);
});
