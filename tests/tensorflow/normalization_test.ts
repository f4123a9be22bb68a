import { assert, assertEquals, assertLess } from "@std/assert";
import type { layers, LayersModel, Scalar, Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  type AttributeValue,
  compile,
  engine,
  parametersOf,
  rawOp,
  type TensorFlow,
} from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { byMachineCode } from "../../lib/tensorflow/by_machine_code.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { Graph } from "../../lib/tensorflow/graph.ts";
import { bytesOfHandle } from "../../lib/tensorflow/handle.ts";
import { AVX512, CodeUse, KERNEL_OP, MachineCode } from "../../lib/tensorflow/machine_code/mod.ts";
import { Normalization } from "../../lib/tensorflow/normalization.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { OpBuilder } from "../../lib/tensorflow/op_builder.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import { rounded } from "./_convolutions.ts";
import { assertCompiledGradients } from "./_gradients.ts";
import { namesAdded } from "./_names_added.ts";
import { draw, type DrawnBatch, inFloat64, type Shape } from "./_normalization.ts";
import { machineCodeFor, VECTOR_ISAS } from "./_vector_isas.ts";
import { watched } from "./_watched.ts";

const SHAPES: Shape[] = [
  [2, 7, 5, 16],
  [1, 40, 33, 48],
  [3, 16, 8, 256],
  [1, 90, 200, 32],
  [1, 2, 3, 16],
];

const hasBfloat16 = nodeBackend(await engine()).binding.context.machineCode?.hasBfloat16 ?? false;

type Handle = Deno.PointerValue;

const EPSILON = 1e-3;
const ATTRIBUTES: OpAttribute[] = [
  { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
  { name: "U", type: AttributeType.TYPE, value: DataType.FLOAT },
  { name: "epsilon", type: AttributeType.FLOAT, value: EPSILON },
  { name: "data_format", type: AttributeType.STRING, value: "NHWC" },
  { name: "is_training", type: AttributeType.BOOL, value: true },
];
const AVERAGING: OpAttribute = {
  name: "exponential_avg_factor",
  type: AttributeType.FLOAT,
  value: 0.25,
};

/** What a normalization of a batch gives by machine code, perhaps with a ReLU, and what its gradient. */
function normalized(
  tf: TensorFlow,
  code: CodeUse,
  { batch, shape, relu, isRounded = false }: {
    batch: DrawnBatch;
    shape: Shape;
    relu: boolean;
    /** Whether images and gradient are taken in bfloat16. */
    isRounded?: boolean;
  },
): Float32Array[] {
  const { context } = nodeBackend(tf).binding;
  using ops = new EagerOps(context);
  const [images, gradient] = [batch.images, batch.gradient]
    .map((values) => ops.floats(values, shape))
    .map((it) => isRounded ? cast(ops, it, DataType.BFLOAT16) : it) as [Handle, Handle];
  const weights = [batch.gamma, batch.beta, batch.movingMean, batch.movingVariance]
    .map((values) => ops.floats(values, [batch.channels])) as [Handle, Handle, Handle, Handle];
  const [gamma, beta, mean, variance] = weights;
  const attributes = [...ATTRIBUTES, AVERAGING];
  const normalization = Normalization.of(ops, code, { images, weights, attributes })!;
  const inputs = { images, gamma, beta };
  const known = normalization.normalize(inputs, { mean, variance });
  const gradients = normalization.gradients(gradient, inputs, { ...known, relu });
  const again = normalization.normalizeAgain(inputs, known, { relu });
  return [
    ...[known.normalized({ relu }), known.movingMean, known.movingVariance],
    ...[known.mean, known.variance, gradients.images, gradients.gamma, gradients.beta, again],
  ].map((handle) => new Float32Array(bytesOfHandle(context, cast(ops, handle, DataType.FLOAT))));
}

/** A tensor as one of another data type. */
function cast(ops: EagerOps, handle: Handle, to: number): Handle {
  return new OpBuilder(ops).op("Cast", [handle], [
    { name: "SrcT", type: AttributeType.TYPE, value: ops.dtypeOf(handle) },
    { name: "DstT", type: AttributeType.TYPE, value: to },
  ]);
}

for (const { name, isa, missing: ignore } of VECTOR_ISAS) {
  for (const [shape, relu] of SHAPES.flatMap((shape) => [[shape, false], [shape, true]] as const)) {
    const what = `${shape.join("x")}${relu ? " with a ReLU" : ""}`;
    const title = `a batch normalization with ${name} is what it is in float64: ${what}`;
    Deno.test({ name: title, ignore }, async () => {
      const tf = await engine();
      const batch = draw(tf, shape);
      const share = AVERAGING.value as number;
      const expected = inFloat64(batch, { epsilon: EPSILON, share, relu });
      for (const threads of [1, 3]) {
        const code = await machineCodeFor(isa, threads);
        const actual = normalized(tf, code, { batch, shape, relu });
        assertEquals(actual.length, expected.length + 1);
        [...expected, expected[0]!].forEach((values, i) => {
          const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3);
          // Images have 24 bits, of which centring takes 6.
          values.forEach((value, k) =>
            assertLess(Math.abs(value - actual[i]![k]!), 1e-5 * largest)
          );
        });
      }
    });
  }
}

/** The results that are in bfloat16 where images are. */
const ROUNDED = [0, 5, 8];

for (const [shape, relu] of SHAPES.flatMap((shape) => [[shape, false], [shape, true]] as const)) {
  const what = `${shape.join("x")}${relu ? " with a ReLU" : ""}`;
  const name = `a batch normalization in bfloat16 is what it is in float64: ${what}`;
  Deno.test({ name, ignore: !hasBfloat16 }, async () => {
    const tf = await engine();
    const drawn = draw(tf, shape);
    const batch = {
      ...drawn,
      images: rounded(drawn.images),
      gradient: rounded(drawn.gradient),
    };
    const share = AVERAGING.value as number;
    const expected = inFloat64(batch, { epsilon: EPSILON, share, relu });
    for (const threads of [1, 3]) {
      const code = new MachineCode(AVX512, threads, { hasBfloat16 }).use();
      const actual = normalized(tf, code, { batch, shape, relu, isRounded: true });
      [...expected, expected[0]!].forEach((values, i) => {
        const largest = values.reduce((max, value) => Math.max(max, Math.abs(value)), 1e-3);
        // Half of the last of eight bits.
        const share = ROUNDED.includes(i) ? 2 ** -8 : 0;
        values.forEach((value, k) =>
          assertLess(
            Math.abs(value - actual[i]![k]!),
            share * Math.abs(value) + 1e-5 * largest,
          )
        );
      });
    }
  });
}

const [{ missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];

Deno.test({ name: "other normalizations are left to TensorFlow", ignore }, async () => {
  const tf = await engine();
  const { context } = nodeBackend(tf).binding;
  const code = await machineCodeFor(VECTOR_ISAS[0]!.isa);
  const cases: { channels?: number; weights?: number; attribute?: Partial<OpAttribute> }[] = [
    { channels: 12 },
    { weights: 8 },
    { attribute: { name: "is_training", value: false } },
    { attribute: { name: "data_format", value: "NCHW" } },
  ];
  for (const { channels = 16, weights = channels, attribute } of cases) {
    using graph = new Graph(context);
    const values = (shape: number[]) => graph.placeholder(shape, DataType.FLOAT);
    const inputs = [values([1, 2, 2, channels]), ...[1, 2, 3, 4].map(() => values([weights]))];
    const attributes = ATTRIBUTES.map((one) =>
      one.name === attribute?.name ? { ...one, ...attribute } as OpAttribute : one
    );
    const call = { name: "FusedBatchNormV3", inputs, attributes, outputs: 6 };
    assertEquals(byMachineCode(graph, call, { code }), undefined);
  }
});

for (const training of [true, false]) {
  const when = training ? "in training" : "in inference";
  Deno.test(`a compiled normalization and ReLU is the eager one, ${when}`, async () => {
    const tf = await engine();
    const [one, other] = [0, 1].map(() => {
      const layer = fusedBatchNormalization(tf, "normalization");
      const input = tf.input({ shape: [8, 8, 16] });
      const model = tf.model({ inputs: input, outputs: layer.apply(input) as typeof input });
      const work = (images: Tensor) => {
        const normalized = model.apply(images, { training }) as Tensor;
        return [normalized.relu(), normalized];
      };
      return { model, work };
    }) as [Subject, Subject];
    const compiled = compile(tf, one.work, { createsVariables: false });
    tf.tidy(() => {
      const images = tf.randomNormal([2, 8, 8, 16], 1, 2, "float32", 1);
      const values = (tensors: Tensor[]) => tensors.map((tensor) => tensor.dataSync());
      let actual: Tensor[] = [];
      const names = namesAdded(() => actual = compiled(images));
      const hasCode = nodeBackend(tf).binding.context.machineCode !== undefined;
      assertEquals(names.has(KERNEL_OP), hasCode);
      const expected = values(other.work(images));
      // In training single ops run by the same code.
      if (training) assertEquals(values(actual), expected);
      else values(actual).forEach((actual, i) => assertClose(actual, expected[i]!));
      assertEquals(values(one.model.getWeights()), values(other.model.getWeights()));
    });
    compiled.dispose();
    one.model.dispose();
    other.model.dispose();
  });
}

interface Subject {
  model: LayersModel;
  work: (images: Tensor) => Tensor[];
}

Deno.test({ name: "moving averages that keep nothing need not be there", ignore }, async () => {
  const { context } = nodeBackend(await engine()).binding;
  const code = await machineCodeFor(VECTOR_ISAS[0]!.isa);
  using ops = new EagerOps(context);
  const fill = (value: number, shape: number[]) =>
    ops.floats(new Float32Array(shape.reduce((a, b) => a * b)).fill(value), shape);
  const [gamma, beta, mean, variance] = [1, 0, Infinity, NaN].map((value) => fill(value, [16]));
  const images = fill(3, [1, 2, 2, 16]), weights = [gamma!, beta!, mean!, variance!];
  const batch = Normalization.of(ops, code, { images, weights, attributes: ATTRIBUTES })!
    .normalize({ images, gamma: gamma!, beta: beta! }, { mean: mean!, variance: variance! });
  const averages = [batch.movingMean, batch.movingVariance]
    .map((handle) => new Float32Array(bytesOfHandle(context, handle)));
  assertEquals([averages[0]![0], averages[1]![15]], [3, 0]);
});

Deno.test("a normalization by another's statistics is not taken for that one", async () => {
  const tf = await engine();
  const attributes = (is_training: boolean): Record<string, AttributeValue> => ({
    T: { type: "FLOAT" },
    U: { type: "FLOAT" },
    data_format: "NHWC",
    is_training,
  });
  const work = (x: Tensor, other: Tensor) => {
    const [one, zero] = [tf.ones([16]), tf.zeros([16])];
    const op = (inputs: Tensor[], training: boolean) =>
      rawOp(tf, { name: "FusedBatchNormV3", inputs }, {
        attributes: attributes(training),
        outputs: 6,
      });
    const [, , , mean, variance] = op([x, one, zero, zero, one], true);
    return op([other, one, zero, mean!, variance!], false)[0]!;
  };
  const [x, other] = [1, 2].map((seed) => tf.randomNormal([1, 4, 4, 16], seed, 1, "float32", seed));
  const compiled = compile(tf, work, { createsVariables: false });
  assertClose(compiled(x!, other!).dataSync(), work(x!, other!).dataSync());
  compiled.dispose();
});

for (const training of [true, false]) {
  const when = training ? "in training" : "in inference";
  Deno.test(`a normalization and its ReLU leave NaN what it is, ${when}`, async () => {
    const tf = await engine();
    const layer = fusedBatchNormalization(tf, "normalization");
    const work = (x: Tensor) => (layer.apply(x, { training }) as Tensor).relu();
    const images = tf.fill([1, 4, 4, 16], NaN);
    work(images).dispose(); // It makes the layer's variables.
    const compiled = compile(tf, work, { createsVariables: false });
    assert((await compiled(images).data()).every(Number.isNaN));
    compiled.dispose();
  });
}

/** A convolution of 16 channels or a transposed one, a normalization, and perhaps a ReLU. */
function normalizedConvolution(tf: TensorFlow, { transposed = false, relu = true } = {}) {
  const options = { filters: 16, kernelSize: 3, padding: "same", useBias: false } as const;
  const inputShape = [8, 16, 16];
  const convolution = transposed
    ? tf.layers.conv2dTranspose({ ...options, inputShape })
    : tf.layers.conv2d({ ...options, inputShape });
  const layers = [convolution, fusedBatchNormalization(tf, "normalization")];
  const model = tf.sequential({ layers: relu ? [...layers, tf.layers.reLU()] : layers });
  // Averages and weights that change something.
  const [filter, ...rows] = model.getWeights() as [Tensor, ...Tensor[]];
  model.setWeights([
    filter,
    ...rows.map((row, i) => tf.randomUniform(row.shape, 0.5, 1.5, "float32", i)),
  ]);
  return model;
}

for (const options of [{}, { relu: false }, { transposed: true }]) {
  const what = JSON.stringify(options);
  Deno.test(`a convolution in inference normalizes what it gives: ${what}`, async () => {
    const tf = await engine();
    const model = normalizedConvolution(tf, options);
    const work = (x: Tensor) => model.apply(x, { training: false }) as Tensor;
    const compiled = compile(tf, work, { createsVariables: false });
    tf.tidy(() => {
      const images = tf.randomNormal([2, 8, 16, 16], 0, 1, "float32", 1);
      let actual!: Tensor;
      const names = namesAdded(() => actual = compiled(images));
      const hasCode = nodeBackend(tf).binding.context.machineCode !== undefined;
      assertEquals(names.has("FusedBatchNorm"), !hasCode);
      assertClose(actual.dataSync(), work(images).dataSync());
    });
    compiled.dispose();
    model.dispose();
  });
}

Deno.test("a convolution is not run again for a normalization where others take it too", async () => {
  const tf = await engine();
  const hasCode = nodeBackend(tf).binding.context.machineCode !== undefined;
  const model = normalizedConvolution(tf, { relu: false });
  const [convolution, normalization] = model.layers as [layers.Layer, layers.Layer];
  const works: [normalizes: boolean, work: (x: Tensor) => Tensor][] = [
    [true, (x) => model.apply(x, { training: false }) as Tensor],
    [false, (x) => {
      const convolved = convolution.apply(x) as Tensor;
      return convolved.add(normalization.apply(convolved, { training: false }) as Tensor);
    }],
  ];
  for (const [normalizes, work] of works) {
    const compiled = compile(tf, work, { createsVariables: false });
    tf.tidy(() => {
      const images = tf.randomNormal([2, 8, 16, 16], 0, 1, "float32", 1);
      let scaled = 0;
      const actual = watched(CodeUse.prototype, "winograd", (_, __, { then }) => {
        if (then !== "nothing") scaled++;
      }, () => compiled(images));
      assertClose(actual.dataSync(), work(images).dataSync());
      assertEquals(scaled > 0, normalizes && hasCode);
    });
    compiled.dispose();
  }
  model.dispose();
});

Deno.test("all that a normalization gives in inference is what it gives op by op", async () => {
  const tf = await engine();
  const rows = [1, 2, 3, 4].map((seed) => tf.randomUniform([16], 0.5, 1.5, "float32", seed));
  const work = (x: Tensor) =>
    rawOp(tf, { name: "FusedBatchNormV3", inputs: [x, ...rows] }, {
      attributes: {
        T: { type: "FLOAT" },
        U: { type: "FLOAT" },
        data_format: "NHWC",
        is_training: false,
      },
      outputs: 6,
    }).slice(0, 3);
  const compiled = compile(tf, work, { createsVariables: false });
  const images = tf.randomNormal([2, 8, 16, 16], 0, 1, "float32", 1);
  const expected = work(images);
  let actual: Tensor[] = [];
  const names = namesAdded(() => actual = compiled(images));
  const hasCode = nodeBackend(tf).binding.context.machineCode !== undefined;
  assertEquals(names.has(KERNEL_OP), hasCode);
  actual.forEach((tensor, i) => assertClose(tensor.dataSync(), expected[i]!.dataSync()));
  compiled.dispose();
});

Deno.test("a normalization in inference has the gradient of eager ops", async () => {
  const tf = await engine();
  const model = normalizedConvolution(tf);
  const [kernel] = parametersOf(model).map(({ variable }) => variable);
  const work = (x: Tensor) => {
    const loss = () => (model.apply(x, { training: false }) as Tensor).square().mean() as Scalar;
    return Object.values(tf.variableGrads(loss, [kernel!]).grads);
  };
  const compiled = compile(tf, work, { createsVariables: false });
  tf.tidy(() => {
    const images = tf.randomNormal([2, 8, 16, 16], 0, 1, "float32", 1);
    let actual: Tensor[] = [];
    const names = namesAdded(() => actual = compiled(images));
    // It takes what was normalized, which the convolution would have to give again.
    assert(names.has("FusedBatchNorm"));
    assertClose(actual[0]!.dataSync(), work(images)[0]!.dataSync());
  });
  compiled.dispose();
  model.dispose();
});

Deno.test("gradients through a normalization and its ReLU are those of eager ops", async () => {
  const tf = await engine();
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: "same", inputShape: [8, 16, 3] }),
      fusedBatchNormalization(tf, "normalization"),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }),
    ],
  });
  // A bias before a normalization has no gradient but what is rounded.
  assertCompiledGradients(tf, model, { shape: [2, 8, 16, 3], floor: 1e-5 });
});

function assertClose(actual: ArrayLike<number>, expected: ArrayLike<number>): void {
  assertEquals(actual.length, expected.length);
  for (let i = 0; i < actual.length; i++) assertLess(Math.abs(actual[i]! - expected[i]!), 1e-4);
}
