import { assert, assertEquals, assertLess } from "@std/assert";
import type { LayersModel, Tensor } from "@tensorflow/tfjs-node-gpu";
import { compile, engine, type TensorFlow } from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { bytesOfHandle } from "../../lib/tensorflow/handle.ts";
import { type CodeUse, KERNEL_OP } from "../../lib/tensorflow/machine_code/mod.ts";
import { machineNormalization } from "../../lib/tensorflow/machine_normalization.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import { assertCompiledGradients } from "./_gradients.ts";
import { namesAdded } from "./_names_added.ts";
import { draw, type DrawnBatch, inFloat64, type Shape } from "./_normalization.ts";
import { machineCodeFor, VECTOR_UNITS } from "./_vector_units.ts";

const SHAPES: Shape[] = [
  [2, 7, 5, 16],
  [1, 40, 33, 48],
  [3, 16, 8, 256],
  [1, 90, 200, 32],
  [1, 2, 3, 16],
];

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

/** What a normalization of a batch gives by machine code, and what its gradient. */
function normalized(
  tf: TensorFlow,
  code: CodeUse,
  { batch, shape }: { batch: DrawnBatch; shape: Shape },
): Float32Array[] {
  const { context } = nodeBackend(tf).binding;
  using ops = new EagerOps(context);
  const run = (name: string, inputs: Deno.PointerValue[], attributes: OpAttribute[]) =>
    machineNormalization(ops, { name, inputs, attributes }, { code })!;
  const [images, gradient] = [batch.images, batch.gradient].map((values) =>
    ops.floats(values, shape)
  );
  const { gamma, beta, movingMean, movingVariance } = batch;
  const weights = [gamma, beta, movingMean, movingVariance]
    .map((values) => ops.floats(values, [batch.channels]));
  const averaging = [...ATTRIBUTES, AVERAGING];
  const forward = run("FusedBatchNormV3", [images!, ...weights], averaging);
  const taken = [gradient!, images!, weights[0]!, ...forward.slice(3)];
  const backward = run("FusedBatchNormGradV3", taken, ATTRIBUTES);
  return [...forward.slice(0, 5), ...backward.slice(0, 3)]
    .map((handle) => new Float32Array(bytesOfHandle(context, handle)));
}

for (const { name, unit, missing: ignore } of VECTOR_UNITS) {
  for (const shape of SHAPES) {
    const title = `a batch normalization with ${name} is what it is in float64: ${shape.join("x")}`;
    Deno.test({ name: title, ignore }, async () => {
      const tf = await engine();
      const batch = draw(tf, shape);
      const expected = inFloat64(batch, { epsilon: EPSILON, share: AVERAGING.value as number });
      for (const threads of [1, 3]) {
        const code = await machineCodeFor(unit, threads);
        const actual = normalized(tf, code, { batch, shape });
        expected.forEach((values, i) => {
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

const [{ missing: ignore }] = VECTOR_UNITS as [typeof VECTOR_UNITS[0]];

Deno.test({ name: "other normalizations are left to TensorFlow", ignore }, async () => {
  const tf = await engine();
  const { context } = nodeBackend(tf).binding;
  const code = await machineCodeFor(VECTOR_UNITS[0]!.unit);
  const cases: { channels?: number; attribute?: Partial<OpAttribute> }[] = [
    { channels: 12 },
    { attribute: { name: "is_training", value: false } },
    { attribute: { name: "data_format", value: "NCHW" } },
  ];
  for (const { channels = 16, attribute } of cases) {
    using ops = new EagerOps(context);
    const values = (shape: number[]) =>
      ops.floats(new Float32Array(shape.reduce((a, b) => a * b)), shape);
    const inputs = [values([1, 2, 2, channels]), ...[1, 2, 3, 4].map(() => values([channels]))];
    const attributes = ATTRIBUTES.map((one) =>
      one.name === attribute?.name ? { ...one, ...attribute } as OpAttribute : one
    );
    const call = { name: "FusedBatchNormV3", inputs, attributes };
    assertEquals(machineNormalization(ops, call, { code }), undefined);
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
      assertEquals(names.has(KERNEL_OP), training && hasCode);
      assertEquals(values(actual), values(other.work(images)));
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

Deno.test("a normalization and its ReLU leave NaN what it is", async () => {
  const tf = await engine();
  const layer = fusedBatchNormalization(tf, "normalization");
  const work = (x: Tensor) => (layer.apply(x, { training: true }) as Tensor).relu();
  const images = tf.fill([1, 4, 4, 16], NaN);
  work(images).dispose(); // It makes the layer's variables.
  const compiled = compile(tf, work, { createsVariables: false });
  assert((await compiled(images).data()).every(Number.isNaN));
  compiled.dispose();
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
