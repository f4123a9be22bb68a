import { assertEquals } from "@std/assert";
import type { LayersModel, Tensor } from "@tensorflow/tfjs-node-gpu";
import { compile, engine } from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { AttributeType } from "../../lib/tensorflow/data_type.ts";
import { FusedRelu } from "../../lib/tensorflow/fused_relu.ts";
import type { Call, OpRunner, UnnamedCall } from "../../lib/tensorflow/op_runner.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { assertCompiledGradients } from "./_gradients.ts";
import { namesAdded } from "./_names_added.ts";

/** A tensor that only has a name. */
interface Named {
  name: string;
}

const CHANNELS_LAST = { name: "data_format", type: AttributeType.STRING, value: "NHWC" };
const STATISTICS = ["mean", "variance", "batch mean", "batch variance", "reserved"];

/** Ops on named images, whose results have the number of the op and of the output. */
function recorded({ channels = 16 } = {}) {
  const calls: Call<Named>[] = [];
  const runner = {
    shapeOf: () => [2, 8, 8, channels],
    floats: () => ({ name: "nothing" }),
    operation: (name: string, call: UnnamedCall<Named>) => {
      calls.push({ ...call, name });
      return Array.from({ length: call.outputs }, (_, i) => ({ name: `${calls.length}:${i}` }));
    },
  } as unknown as OpRunner<Named>;
  return { calls, ops: new FusedRelu(runner) };
}

function normalize(ops: FusedRelu<Named>, attributes = [CHANNELS_LAST]): Named[] {
  const inputs = ["x", "scale", "offset", "mean", "variance"].map((name) => ({ name }));
  const outputs = 1 + STATISTICS.length;
  return ops.operation("FusedBatchNormV3", { inputs, attributes, outputs });
}

Deno.test("a ReLU of a batch normalization is computed with it, and so are its statistics", () => {
  const { calls, ops } = recorded();
  const normalized = normalize(ops);
  const relu = ops.op("Relu", [normalized[0]!]);
  assertEquals(relu.name, "2:0");
  const [plain, fused] = calls;
  assertEquals(fused!.name, "_FusedBatchNormEx");
  assertEquals(fused!.inputs, plain!.inputs);
  const activation = fused!.attributes.find(({ name }) => name === "activation_mode");
  assertEquals(activation?.value, "Relu");
  // What was only normalized is still to be had, from its own op.
  assertEquals(normalized.map((tensor) => ops.current(tensor).name), [
    "1:0",
    ...STATISTICS.map((_, i) => `2:${i + 1}`).with(-1, "nothing"),
  ]);
  ops.operation("Mul", {
    inputs: [normalized[1]!, relu],
    attributes: [],
    outputs: 1,
    after: [normalized[2]!],
  });
  assertEquals(calls.at(-1)!.inputs.map(({ name }) => name), ["2:1", "2:0"]);
  assertEquals(calls.at(-1)!.after, [{ name: "2:2" }]);
});

Deno.test("a second ReLU of a normalization is the first, and what it waits for is kept", () => {
  const { calls, ops } = recorded();
  const [normalized] = normalize(ops);
  const relu = { inputs: [normalized!], attributes: [], outputs: 1 };
  const [one] = ops.operation("Relu", { ...relu, after: [{ name: "before" }] });
  assertEquals(ops.operation("Relu", relu), [one!]);
  assertEquals(calls.map(({ name }) => name), ["FusedBatchNormV3", "_FusedBatchNormEx"]);
  assertEquals(calls.at(-1)!.after, [{ name: "before" }]);
});

Deno.test("a ReLU of something else is left alone", () => {
  const { calls, ops } = recorded();
  ops.op("Relu", [{ name: "x" }]);
  ops.op("Relu", [normalize(ops)[1]!]);
  assertEquals(calls.map(({ name }) => name), ["Relu", "FusedBatchNormV3", "Relu"]);
});

Deno.test("what TensorFlow's op of both does not take is left alone", () => {
  const cases = [
    { channels: 16, attributes: [{ ...CHANNELS_LAST, value: "NCHW" }] },
    { channels: 6, attributes: [CHANNELS_LAST] },
    { channels: NaN, attributes: [CHANNELS_LAST] },
  ];
  for (const { channels, attributes } of cases) {
    const { calls, ops } = recorded({ channels });
    ops.op("Relu", [normalize(ops, attributes)[0]!]);
    assertEquals(calls.map(({ name }) => name), ["FusedBatchNormV3", "Relu"]);
  }
});

interface Normalization {
  model: LayersModel;
  work: (images: Tensor) => Tensor[];
}

for (const training of [true, false]) {
  const when = training ? "in training" : "in inference";
  Deno.test(`a compiled normalization and ReLU is the eager one, ${when}`, async () => {
    const tf = await engine();
    const [one, other] = [0, 1].map((): Normalization => {
      const layer = fusedBatchNormalization(tf, "normalization");
      const input = tf.input({ shape: [8, 8, 16] });
      const model = tf.model({ inputs: input, outputs: layer.apply(input) as typeof input });
      const work = (images: Tensor) => {
        const normalized = model.apply(images, { training }) as Tensor;
        return [normalized.relu(), normalized];
      };
      return { model, work };
    }) as [Normalization, Normalization];
    const compiled = compile(tf, one.work, { createsVariables: false });
    tf.tidy(() => {
      const images = tf.randomNormal([2, 8, 8, 16], 1, 2, "float32", 1);
      const values = (tensors: Tensor[]) => tensors.map((tensor) => tensor.dataSync());
      let actual: Tensor[] = [];
      const names = namesAdded(() => actual = compiled(images));
      // In inference tfjs puts a reshape between them.
      const isFused = training && nodeBackend(tf).binding.context.byOneDnn;
      assertEquals(names.has("_FusedBatchNormEx"), isFused);
      assertEquals(values(actual), values(other.work(images)));
      assertEquals(values(one.model.getWeights()), values(other.model.getWeights()));
    });
    compiled.dispose();
    one.model.dispose();
    other.model.dispose();
  });
}

Deno.test("gradients through a normalization and its ReLU are those of eager ops", async () => {
  const tf = await engine();
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 8, kernelSize: 3, padding: "same", inputShape: [8, 16, 3] }),
      fusedBatchNormalization(tf, "normalization"),
      tf.layers.reLU(),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }),
    ],
  });
  // A bias before a normalization has no gradient but what is rounded.
  assertCompiledGradients(tf, model, { shape: [2, 8, 16, 3], floor: 1e-5 });
});
