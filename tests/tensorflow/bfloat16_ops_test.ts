import { assert, assertEquals, assertLess } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { engine } from "../../lib/mod.ts";
import { Bfloat16Ops } from "../../lib/tensorflow/bfloat16_ops.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import type { EagerContext } from "../../lib/tensorflow/eager_context.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { bytesOfHandle, hostHandle } from "../../lib/tensorflow/handle.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { OpBuilder } from "../../lib/tensorflow/op_builder.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import type { OpRunner } from "../../lib/tensorflow/op_runner.ts";

/**
 * The error of a sum of some hundred products of numbers with 8 bits, as a share of the largest
 * result. A processor without AVX512-BF16 rounds each partial sum to 8 bits too.
 */
const ROUNDING = 0.05;
/** How far a number is from its neighbour in bfloat16, as a share of it. */
const STEP = 2 ** -7;

const FLOAT: OpAttribute = { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT };
const SAME: OpAttribute = { name: "padding", type: AttributeType.STRING, value: "SAME" };
const CONVOLUTION: OpAttribute[] = [
  FLOAT,
  { name: "strides", type: AttributeType.INT, value: [1, 1, 1, 1] },
  SAME,
];
const POOLING: OpAttribute[] = [
  FLOAT,
  { name: "ksize", type: AttributeType.INT, value: [1, 2, 2, 1] },
  { name: "strides", type: AttributeType.INT, value: [1, 2, 2, 1] },
  SAME,
];
const NORMALIZATION: OpAttribute[] = [
  FLOAT,
  { name: "U", type: AttributeType.TYPE, value: DataType.FLOAT },
  { name: "is_training", type: AttributeType.BOOL, value: true },
];

type Handle = NonNullable<Deno.PointerValue>;

/** What the tests work with; ends with them. */
class Fixture implements Disposable {
  readonly context: EagerContext;
  readonly ops: EagerOps;
  readonly bfloat16: Bfloat16Ops<Handle>;
  /** The same with machine code, where there is any. */
  readonly byCode: Bfloat16Ops<Handle>;
  readonly #draw: (shape: number[], seed: number) => Tensor;
  readonly #handles: Handle[] = [];

  static async start(): Promise<Fixture> {
    const tf = await engine();
    const draw = (shape: number[], seed: number) => tf.randomNormal(shape, 0, 1, "float32", seed);
    return new Fixture(nodeBackend(tf).binding.context, draw);
  }

  constructor(context: EagerContext, draw: (shape: number[], seed: number) => Tensor) {
    this.context = context;
    this.#draw = draw;
    this.ops = new EagerOps(context);
    this.bfloat16 = new Bfloat16Ops(this.ops as OpRunner<unknown> as OpRunner<Handle>);
    const code = context.machineCode?.use();
    this.byCode = new Bfloat16Ops(this.ops as OpRunner<unknown> as OpRunner<Handle>, code);
  }

  normal(shape: number[], seed: number): Handle {
    const tensor = this.#draw(shape, seed);
    const handle = hostHandle(this.context, { shape, dtype: DataType.FLOAT }, tensor.dataSync())!;
    tensor.dispose();
    this.#handles.push(handle);
    return handle;
  }

  /** A convolution's result, which came from bfloat16. */
  convolved(): Handle {
    const inputs = [this.normal([2, 8, 8, 16], 1), this.normal([3, 3, 16, 16], 2)];
    const call = { name: "Conv2D", inputs, attributes: CONVOLUTION, outputs: 1 };
    return this.bfloat16.run(call)![0]!;
  }

  /** What an op gives that follows what it takes. */
  followed(name: string, inputs: Handle[], attributes: OpAttribute[]): Handle {
    return this.bfloat16.run({ name, inputs, attributes, outputs: 1 })![0]!;
  }

  exactly(name: string, inputs: Handle[], attributes: OpAttribute[], outputs = 1): Float32Array[] {
    return this.ops.operation({ name, inputs, attributes, outputs }).slice(0, 3)
      .map((handle) => this.values(handle!));
  }

  rounded(name: string, inputs: Handle[], attributes: OpAttribute[], outputs = 1): Float32Array[] {
    const results = this.bfloat16.run({ name, inputs, attributes, outputs });
    assert(results, `${name} is not run in bfloat16`);
    return results.slice(0, 3).map((handle) => this.values(handle));
  }

  values(handle: Handle): Float32Array {
    return new Float32Array(bytesOfHandle(this.context, handle));
  }

  [Symbol.dispose](): void {
    this.ops[Symbol.dispose]();
    for (const handle of this.#handles) this.context.api.TFE_DeleteTensorHandle(handle);
  }
}

for (const name of ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"]) {
  Deno.test(`${name} in bfloat16 is that in float32, rounded`, async () => {
    using fixture = await Fixture.start();
    const images = fixture.normal([2, 8, 8, 16], 1);
    const filter = fixture.normal([3, 3, 16, 16], 2);
    const gradient = fixture.normal([2, 8, 8, 16], 3);
    const inputs = {
      Conv2D: [images, filter],
      Conv2DBackpropInput: [fixture.ops.ints([2, 8, 8, 16], [4])!, filter, gradient],
      Conv2DBackpropFilter: [images, fixture.ops.ints([3, 3, 16, 16], [4])!, gradient],
    }[name]!;
    const [actual] = fixture.rounded(name, inputs, CONVOLUTION);
    const [expected] = fixture.exactly(name, inputs, CONVOLUTION);
    const largest = expected!.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
    const errors = actual!.map((value, i) => Math.abs(value - expected![i]!) / largest);
    assertLess(Math.max(...errors), ROUNDING);
    assertLess(1e-5, Math.max(...errors));
  });
}

const CHOOSING: Record<string, (fixture: Fixture, x: Handle) => [Handle[], OpAttribute[]]> = {
  Relu: (_, x) => [[x], [FLOAT]],
  ReluGrad: (_, x) => [[x, x], [FLOAT]],
  MaxPool: (_, x) => [[x], POOLING],
  MaxPoolGrad: (fixture, x) => {
    const pooled = fixture.followed("MaxPool", [x], POOLING);
    return [[x, pooled, pooled], POOLING];
  },
  SplitV: ({ ops }, x) => [[x, ops.ints([6, 10], [2])!, ops.ints([3], [])!], [
    FLOAT,
    { name: "num_split", type: AttributeType.INT, value: 2 },
  ]],
  Reshape: ({ ops }, x) => [[x, ops.ints([16, 128], [2])!], [FLOAT]],
  ConcatV2: ({ ops }, x) => [[x, x, ops.ints([3], [])!], [
    FLOAT,
    { name: "N", type: AttributeType.INT, value: 2 },
  ]],
};

for (const [name, callOf] of Object.entries(CHOOSING)) {
  Deno.test(`${name} follows a convolution in bfloat16 and loses nothing`, async () => {
    using fixture = await Fixture.start();
    const [inputs, attributes] = callOf(fixture, fixture.convolved());
    const outputs = name === "SplitV" ? 2 : 1;
    const actual = fixture.rounded(name, inputs, attributes, outputs);
    assertEquals(actual, fixture.exactly(name, inputs, attributes, outputs));
  });
}

Deno.test("what is only reshaped still comes from bfloat16", async () => {
  using fixture = await Fixture.start();
  const x = fixture.convolved(), sizes = fixture.ops.ints([16, 128], [2])!;
  const relu = { name: "Relu", attributes: [FLOAT], outputs: 1 };
  const reshaped = fixture.followed("Reshape", [x, sizes], [FLOAT]);
  assert(fixture.bfloat16.run({ ...relu, inputs: [reshaped] }));
  const other = fixture.normal([2, 8, 8, 16], 8);
  const call = { name: "Reshape", inputs: [other, sizes], attributes: [FLOAT], outputs: 1 };
  assertEquals(fixture.bfloat16.run(call), undefined);
});

Deno.test("a normalization follows a convolution, its statistics in float32", async () => {
  using fixture = await Fixture.start();
  const vectors = [1, 2, 3, 4].map((seed) => fixture.normal([16], seed));
  const inputs = [fixture.convolved(), ...vectors];
  const actual = fixture.rounded("FusedBatchNormV3", inputs, NORMALIZATION, 6);
  const expected = fixture.exactly("FusedBatchNormV3", inputs, NORMALIZATION, 6);
  for (const [output, bound] of [STEP, 1e-4, 1e-4].entries()) {
    actual[output]!.forEach((value, i) => {
      const exact = expected[output]![i]!;
      assertLess(Math.abs(value - exact), bound * Math.abs(exact) + 1e-4);
    });
  }
  assert(actual[0]!.some((value, i) => value !== expected[0]![i]), "nothing was rounded");
});

Deno.test("a normalization outside of training follows a convolution, its statistics in float32", async () => {
  using fixture = await Fixture.start();
  const [scale, offset, mean, deviation] = [1, 2, 3, 4].map((seed) => fixture.normal([16], seed));
  const variance = new OpBuilder(fixture.ops).op("Square", [deviation!], [FLOAT])!;
  const inputs = [fixture.convolved(), scale!, offset!, mean!, variance];
  const attributes: OpAttribute[] = [
    FLOAT,
    { name: "is_training", type: AttributeType.BOOL, value: false },
  ];
  const [actual] = fixture.rounded("FusedBatchNorm", inputs, attributes, 5);
  const [expected] = fixture.exactly("FusedBatchNorm", inputs, attributes, 5);
  actual!.forEach((value, i) => {
    assertLess(Math.abs(value - expected![i]!), STEP * Math.abs(expected![i]!) + 1e-4);
  });
  assert(actual!.some((value, i) => value !== expected![i]), "nothing was rounded");
});

Deno.test("the gradient of a normalization follows, those of scale and offset in float32", async () => {
  using fixture = await Fixture.start();
  const x = fixture.convolved(), scale = fixture.normal([16], 1);
  const rest = [2, 3].map((seed) => fixture.normal([16], seed));
  const results = fixture.ops.operation({
    name: "FusedBatchNormV3",
    inputs: [x, scale, ...rest, scale],
    attributes: NORMALIZATION,
    outputs: 6,
  }) as Handle[];
  const inputs = [fixture.followed("Relu", [x], [FLOAT]), x, scale, ...results.slice(3)];
  const actual = fixture.rounded("FusedBatchNormGradV3", inputs, NORMALIZATION, 5);
  const expected = fixture.exactly("FusedBatchNormGradV3", inputs, NORMALIZATION, 5);
  for (const [output, bound] of [STEP, 1e-4, 1e-4].entries()) {
    const largest = Math.max(...expected[output]!.map(Math.abs));
    actual[output]!.forEach((value, i) => {
      assertLess(Math.abs(value - expected[output]![i]!), bound * largest);
    });
  }
});

for (const name of ["Add", "AddV2", "BiasAdd"]) {
  Deno.test(`${name} adds a bias to what a convolution gave in bfloat16`, async () => {
    using fixture = await Fixture.start();
    const x = fixture.convolved(), biases = fixture.normal([16], 5);
    const [sum] = fixture.rounded(name, [x, biases], [FLOAT]);
    const [expected] = fixture.exactly(name, [x, biases], [FLOAT]);
    const bias = fixture.values(biases);
    // The bias is rounded, and then the sum, each by half a step at most.
    const errors = sum!.map((value, i) => Math.abs(value - expected![i]!));
    errors.forEach((error, i) => {
      const rounded = Math.abs(bias[i % 16]!) + Math.abs(sum![i]!);
      assert(error <= STEP / 2 * rounded, `${error} at ${i}`);
    });
    assertLess(0, Math.max(...errors));
  });
}

const { context: { machineCode } } = nodeBackend(await engine()).binding;

Deno.test({
  name: "a second bias is added to the first by machine code",
  ignore: !machineCode?.hasBfloat16,
}, async () => {
  using fixture = await Fixture.start();
  const inputs = [fixture.normal([2, 40, 24, 16], 1), fixture.normal([3, 3, 16, 32], 2)];
  const format = { name: "data_format", type: AttributeType.STRING, value: "NHWC" };
  const call = { name: "Conv2D", inputs, attributes: [...CONVOLUTION, format], outputs: 1 };
  const [x] = fixture.byCode.run(call) as [Handle];
  const biases = [100, 10].map((value) =>
    fixture.ops.floats(new Float32Array(32).fill(value), [32])
  );
  const add = (to: Handle, bias: Handle) =>
    fixture.byCode.run({ name: "AddV2", inputs: [to, bias], attributes: [FLOAT], outputs: 1 })![0]!;
  const sums = fixture.values(add(add(x, biases[0]!), biases[1]!)), plain = fixture.values(x);
  sums.forEach((sum, i) => assertLess(Math.abs(sum - plain[i]! - 110), 2));
});

for (
  const { batch, axes, keeps, shape } of [
    { batch: 3, axes: [0, 1, 2], keeps: false, shape: [32] },
    { batch: 3, axes: [2, 0, 1], keeps: true, shape: [1, 1, 1, 32] },
    { batch: 1, axes: [1, 2], keeps: false, shape: [1, 32] },
    { batch: 3, axes: [1, 2], keeps: false, shape: undefined },
    { batch: 3, axes: [0, 1, 2, 3], keeps: false, shape: undefined },
  ]
) {
  const how = shape ? "by machine code" : "by TensorFlow";
  const name = `a sum over axes ${axes} of ${batch} images in bfloat16 is computed ${how}`;
  Deno.test({ name, ignore: !machineCode?.hasBfloat16 }, async () => {
    using fixture = await Fixture.start();
    const inputs = [fixture.normal([batch, 40, 24, 16], 1), fixture.normal([3, 3, 16, 32], 2)];
    const call = { name: "Conv2D", inputs, attributes: CONVOLUTION, outputs: 1 };
    const [x] = fixture.byCode.run(call) as [Handle];
    const attributes = [FLOAT, { name: "keep_dims", type: AttributeType.BOOL, value: keeps }];
    const taken = [x, fixture.ops.ints(axes, [axes.length])!];
    const sums = fixture.byCode.run({ name: "Sum", inputs: taken, attributes, outputs: 1 });
    if (!shape) return assertEquals(sums, undefined);
    assertEquals(fixture.ops.shapeOf(sums![0]!), shape);
    const [expected] = fixture.exactly("Sum", taken, attributes);
    const largest = Math.max(...expected!.map(Math.abs));
    fixture.values(sums![0]!).forEach((sum, i) =>
      assertLess(Math.abs(sum - expected![i]!), 1e-4 * largest)
    );
  });
}

Deno.test("what two convolutions gave is added in bfloat16", async () => {
  using fixture = await Fixture.start();
  const inputs = [fixture.convolved(), fixture.followed("Relu", [fixture.convolved()], [FLOAT])];
  const attributes: OpAttribute[] = [FLOAT, { name: "N", type: AttributeType.INT, value: 2 }];
  const [sum] = fixture.rounded("AddN", inputs, attributes);
  const [expected] = fixture.exactly("AddN", inputs, attributes);
  sum!.forEach((value, i) => {
    const error = Math.abs(value - expected![i]!);
    assert(error <= STEP / 2 * Math.abs(expected![i]!), `${error} at ${i}`);
  });
});

for (const shape of [[2, 8, 8, 16], [1, 8, 8, 16], [1, 1, 1, 1], []]) {
  Deno.test(`float32 of shape [${shape}] is no bias: it is added in float32`, async () => {
    using fixture = await Fixture.start();
    const inputs = [fixture.convolved(), fixture.normal(shape, 6)];
    const call = { name: "AddV2", inputs, attributes: [FLOAT], outputs: 1 };
    assertEquals(fixture.bfloat16.run(call), undefined);
  });
}

Deno.test("gradients of weights are added in float32", async () => {
  using fixture = await Fixture.start();
  const sizes = fixture.ops.ints([3, 3, 16, 16], [4])!;
  const inputs = [fixture.normal([2, 8, 8, 16], 1), sizes, fixture.normal([2, 8, 8, 16], 3)];
  const gradient = fixture.followed("Conv2DBackpropFilter", inputs, CONVOLUTION);
  const call = { name: "AddV2", inputs: [gradient, gradient], attributes: [FLOAT], outputs: 1 };
  assertEquals(fixture.bfloat16.run(call), undefined);
});

Deno.test("what is no convolution of float32, and does not follow one, is left alone", async () => {
  using fixture = await Fixture.start();
  const whole = fixture.ops.ints([1, 2], [2])!, number = fixture.normal([2], 7);
  const call = { name: "Relu", inputs: [number], attributes: [FLOAT], outputs: 1 };
  assertEquals(fixture.bfloat16.run(call), undefined);
  assertEquals(
    fixture.bfloat16.run({ ...call, name: "Exp", inputs: [fixture.convolved()] }),
    undefined,
  );
  assertEquals(
    fixture.bfloat16.run({ ...call, name: "Conv2D", inputs: [whole, whole] }),
    undefined,
  );
});
