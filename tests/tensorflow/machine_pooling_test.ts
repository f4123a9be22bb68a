import { assertEquals } from "@std/assert";
import type { Rank, Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { compile, engine } from "../../lib/mod.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { bytesOfHandle, hostHandle } from "../../lib/tensorflow/handle.ts";
import { AVX2, type CodeUse, KERNEL_OP } from "../../lib/tensorflow/machine_code/mod.ts";
import { machinePooling } from "../../lib/tensorflow/machine_pooling.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import { OpBuilder } from "../../lib/tensorflow/op_builder.ts";
import { namesAdded } from "./_names_added.ts";
import { machineCodeFor, VECTOR_ISAS } from "./_vector_isas.ts";

type Shape = [number, number, number, number];

const SHAPES: Shape[] = [[1, 2, 2, 16], [2, 6, 10, 16], [3, 4, 8, 48], [1, 64, 64, 32]];

const [{ missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];

/** Few whole numbers, so that some of a window are equal. */
function draw(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => (i * 7919 + seed * 104729) % 31 % 6 - 2);
}

/** Each window's largest number, and its gradient at the first place that has that, by loops. */
function byLoops(
  [batch, height, width, channels]: Shape,
  images: Float32Array,
  gradient: (window: number) => number,
): { largest: Float32Array; gradients: Float32Array } {
  const largest = new Float32Array(images.length / 4), gradients = new Float32Array(images.length);
  let window = 0;
  for (let row = 0; row < batch * height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      for (let channel = 0; channel < channels; channel++, window++) {
        const places = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([y, x]) =>
          ((row + y!) * width + column + x!) * channels + channel
        );
        const numbers = places.map((place) => images[place]!);
        largest[window] = Math.max(...numbers);
        gradients[places[numbers.indexOf(largest[window]!)]!] = gradient(window);
      }
    }
  }
  return { largest, gradients };
}

const ATTRIBUTES: OpAttribute[] = [
  { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
  { name: "ksize", type: AttributeType.INT, value: [1, 2, 2, 1] },
  { name: "strides", type: AttributeType.INT, value: [1, 2, 2, 1] },
  { name: "padding", type: AttributeType.STRING, value: "VALID" },
  { name: "data_format", type: AttributeType.STRING, value: "NHWC" },
];

/** Runs an op by machine code on float32, or on bfloat16 between casts; `undefined` where it is left alone. */
async function byMachineCode(
  code: CodeUse,
  name: string,
  tensors: { shape: number[]; numbers: Float32Array }[],
  { type = DataType.FLOAT, attributes = ATTRIBUTES }: {
    type?: number;
    attributes?: OpAttribute[];
  } = {},
): Promise<Float32Array | undefined> {
  const { context } = nodeBackend(await engine()).binding;
  using ops = new EagerOps(context);
  const build = new OpBuilder(ops);
  const cast = (handle: Deno.PointerValue, from: number, to: number) =>
    build.op("Cast", [handle], [
      { name: "SrcT", type: AttributeType.TYPE, value: from },
      { name: "DstT", type: AttributeType.TYPE, value: to },
    ]);
  const inputs = tensors.map(({ shape, numbers }) =>
    cast(hostHandle(context, { shape, dtype: DataType.FLOAT }, numbers), DataType.FLOAT, type)
  );
  const results = machinePooling(ops, { name, inputs, attributes, outputs: 1 }, { code });
  return results &&
    new Float32Array(bytesOfHandle(context, cast(results[0]!, type, DataType.FLOAT)));
}

for (
  const [name, type] of [["float32", DataType.FLOAT], ["bfloat16", DataType.BFLOAT16]] as const
) {
  for (const shape of SHAPES) {
    const title = `windows of 2x2 and their gradient by loops, ${name}, ${shape.join("x")}`;
    Deno.test({ name: title, ignore }, async () => {
      const [batch, height, width, channels] = shape;
      const pooled = [batch, height / 2, width / 2, channels];
      const numbers = draw(batch * height * width * channels, 1);
      const gradient = draw(numbers.length / 4, 2);
      const { largest, gradients } = byLoops(shape, numbers, (window) => gradient[window]!);
      const images = { shape, numbers };
      for (const threads of [1, 2, 5]) {
        const code = await machineCodeFor(AVX2, threads);
        assertEquals(await byMachineCode(code, "MaxPool", [images], { type }), largest);
        const taken = [images, { shape: pooled, numbers: largest }, {
          shape: pooled,
          numbers: gradient,
        }];
        assertEquals(await byMachineCode(code, "MaxPoolGrad", taken, { type }), gradients);
      }
    });
  }

  Deno.test({ name: `a window with a NaN gives that, ${name}`, ignore }, async () => {
    const code = await machineCodeFor(AVX2);
    for (let place = 0; place < 4; place++) {
      const numbers = new Float32Array(64).fill(1).fill(NaN, place * 16 + 3, place * 16 + 5);
      const images = { shape: [1, 2, 2, 16], numbers };
      const expected = new Float32Array(16).fill(1).fill(NaN, 3, 5);
      const largest = await byMachineCode(code, "MaxPool", [images], { type });
      assertEquals([...largest!], [...expected]);
      const one = { shape: [1, 1, 1, 16], numbers: expected };
      const gradient = { shape: [1, 1, 1, 16], numbers: new Float32Array(16).fill(2) };
      const gradients = await byMachineCode(code, "MaxPoolGrad", [images, one, gradient], { type });
      assertEquals(gradients, new Float32Array(64).fill(2, 0, 16));
    }
  });
}

Deno.test({ name: "other windows are left alone", ignore }, async () => {
  const code = await machineCodeFor(AVX2);
  const cases: { shape?: Shape; attribute?: { name: string; value: unknown }; type?: number }[] = [
    { shape: [1, 4, 4, 12] },
    { shape: [1, 4, 5, 16] },
    { shape: [1, 5, 4, 16] },
    { shape: [0, 4, 4, 16] },
    { type: DataType.INT32 },
    { attribute: { name: "ksize", value: [1, 3, 3, 1] } },
    { attribute: { name: "strides", value: [1, 1, 1, 1] } },
    { attribute: { name: "data_format", value: "NCHW" } },
  ];
  for (const { shape = [1, 4, 4, 16], attribute, type = DataType.FLOAT } of cases) {
    const numbers = new Float32Array(shape.reduce((a, b) => a * b));
    const attributes = ATTRIBUTES.map((one) =>
      one.name === attribute?.name ? { ...one, ...attribute } as OpAttribute : one
    );
    const images = { shape, numbers };
    assertEquals(await byMachineCode(code, "MaxPool", [images], { type, attributes }), undefined);
  }
});

Deno.test("a compiled function finds the largest numbers as single ops do", async () => {
  const tf = await engine();
  const work = (images: Tensor) => {
    const pooled = (x: Tensor) => tf.maxPool(x as Tensor4D, 2, 2, "same").square();
    return [pooled(images), tf.grad((x: Tensor) => pooled(x).sum())(images)];
  };
  const compiled = compile(tf, work, { createsVariables: false });
  tf.tidy(() => {
    const images = tf.randomNormal<Rank.R4>([2, 8, 12, 32], 0, 1, "float32", 1);
    let actual: Tensor[] = [];
    const names = namesAdded(() => actual = compiled(images));
    const hasCode = nodeBackend(tf).binding.context.machineCode !== undefined;
    assertEquals([names.has(KERNEL_OP), names.has("MaxPool")], [hasCode, !hasCode]);
    const expected = work(images);
    expected.forEach((tensor, i) => assertEquals(actual[i]!.dataSync(), tensor.dataSync()));
  });
  compiled.dispose();
});
