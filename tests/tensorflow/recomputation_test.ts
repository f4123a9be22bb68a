import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { AttributeType } from "../../lib/tensorflow/data_type.ts";
import type { OpCall, OpRunner } from "../../lib/tensorflow/op_runner.ts";
import { Recomputation } from "../../lib/tensorflow/recomputation.ts";
import { assertCompiledGradients } from "./_gradients.ts";

/** A tensor that only has a name. */
interface Named {
  name: string;
}

const named = (...names: string[]): Named[] => names.map((name) => ({ name }));

/** A forward pass, a batch normalization and its ReLU, of tensors with a shape. */
function forward(shape: number[], { training = true } = {}) {
  const ran: OpCall<Named>[] = [];
  const runner = { shapeOf: () => shape } as unknown as OpRunner<Named>;
  const recomputation = new Recomputation(runner, (call) => {
    ran.push(call);
    return [{ name: `${call.name} again` }];
  });
  const attributes = [
    { name: "is_training", type: AttributeType.BOOL, value: training },
    { name: "exponential_avg_factor", type: AttributeType.FLOAT, value: 0.1 },
  ];
  const inputs = named("x", "scale", "offset", "moving mean", "moving variance");
  const results = named("y", "mean", "variance", "batch mean", "batch variance", "rest");
  recomputation.note({ name: "FusedBatchNormV3", inputs, attributes, outputs: 6 }, results);
  const [relu] = named("relu");
  const call = { name: "Relu", inputs: [results[0]!], attributes: [], outputs: 1 };
  recomputation.note(call, [relu!]);
  return { recomputation, relu: relu!, ran };
}

const LARGE = [8, 128, 256, 16];

Deno.test("a large ReLU is computed again, once, from what was normalized", () => {
  const { recomputation, relu, ran } = forward(LARGE);
  const [gradient] = named("gradient");
  const taken = { name: "ReluGrad", inputs: [gradient!, relu], attributes: [], outputs: 1 };
  assertEquals(recomputation.inputsOf(taken).map(({ name }) => name), ["gradient", "Relu again"]);
  assertEquals(recomputation.inputsOf(taken).map(({ name }) => name), ["gradient", "Relu again"]);
  const [normalization, again] = ran;
  assertEquals(ran.length, 2);
  assertEquals(
    normalization!.inputs.map(({ name }) => name),
    ["x", "scale", "offset", "batch mean", "batch variance"],
  );
  assertEquals(normalization!.attributes.map(({ value }) => value), [false]);
  assertEquals(normalization!.after, [gradient!]);
  assertEquals(again!.inputs, [{ name: "FusedBatchNormV3 again" }]);
});

Deno.test("the way forward, small results and those of an inference are left alone", () => {
  const cases = [
    { name: "Conv2D", made: forward(LARGE) },
    { name: "ReluGrad", made: forward([1, 128, 256, 16]) },
    { name: "ReluGrad", made: forward(LARGE, { training: false }) },
  ];
  for (const { name, made: { recomputation, relu, ran } } of cases) {
    const call = { name, inputs: [relu], attributes: [], outputs: 1 };
    assertEquals(recomputation.inputsOf(call), [relu]);
    assertEquals(ran, []);
  }
});

for (const name of ["MaxPoolGrad", "Conv2DBackpropFilter"]) {
  Deno.test(`${name} takes a ReLU that is computed again`, () => {
    const { recomputation, relu } = forward(LARGE);
    const inputs = [relu, ...named("other", "gradient")];
    const taken = recomputation.inputsOf({ name, inputs, attributes: [], outputs: 1 });
    assertEquals(taken.map(({ name }) => name), ["Relu again", "other", "gradient"]);
  });
}

Deno.test("gradients through large ReLUs are those of eager ops", async () => {
  const tf = await engine();
  const model = tf.sequential({
    layers: [
      tf.layers.conv2d({ filters: 16, kernelSize: 3, padding: "same", inputShape: [128, 256, 3] }),
      fusedBatchNormalization(tf, "normalization"),
      tf.layers.reLU(),
      tf.layers.maxPooling2d({ poolSize: 2 }),
      tf.layers.conv2d({ filters: 4, kernelSize: 3, padding: "same" }),
    ],
  });
  // A bias before a normalization has no gradient but what is rounded.
  assertCompiledGradients(tf, model, { shape: [8, 128, 256, 3], floor: 1e-5 });
});
