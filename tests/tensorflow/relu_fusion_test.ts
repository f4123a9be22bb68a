import { assert, assertEquals } from "@std/assert";
import type { Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { compile, engine, type TensorFlow } from "../../lib/mod.ts";
import { fusedBatchNormalization } from "../../lib/models/fused_batch_normalization.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import { ReluFusion } from "../../lib/tensorflow/relu_fusion.ts";

const T = { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT };

/** Takes calls down as a trace does: `[op, input, output]`. */
function trace(calls: [string, string, string][], fused?: ReadonlySet<number>) {
  const fusion = new ReluFusion<string>(
    (name) => name === "odd" ? [1, 8, 8, 6] : [1, 8, 8, 16],
    fused,
  );
  const made: string[] = [];
  for (const [name, input, output] of calls) {
    const asked = { name, inputs: [input], attributes: [T] };
    if (fusion.computed(asked)) continue;
    const call = fusion.rewritten(asked);
    made.push(call.name);
    fusion.note(call, [output]);
  }
  return { fusion, made };
}

Deno.test("a normalization whose result only ReLUs take becomes one op with them", () => {
  const calls: [string, string, string][] = [
    ["FusedBatchNormV3", "x", "n0"],
    ["Relu", "n0", "r0"],
    ["FusedBatchNormV3", "r0", "n1"],
    ["Relu", "n1", "r1"],
    ["Tanh", "n1", "t1"],
    ["FusedBatchNormV3", "t1", "n2"],
    ["FusedBatchNormV3", "n2", "n3"],
    ["Relu", "n3", "r3"],
  ];
  const first = trace(calls);
  assertEquals(first.made, calls.map(([name]) => name));
  assertEquals(first.fusion.found(["r3"]), new Set([0, 3]));
  assertEquals(first.fusion.found(["n3"]), new Set([0]));
  const afterReLU = (input: string) => ({ r0: "n0", r3: "n3" })[input] ?? input;
  const seen = calls.map(([name, input, output]) =>
    [name, afterReLU(input), output] as [string, string, string]
  );
  assertEquals(trace(seen, new Set([0, 3])).made, [
    ...["_FusedBatchNormEx", "FusedBatchNormV3", "Relu", "Tanh", "FusedBatchNormV3"],
    "_FusedBatchNormEx",
  ]);
});

Deno.test("a number of channels that the op for both does not take is left alone", () => {
  const { fusion } = trace([["FusedBatchNormV3", "x", "odd"], ["Relu", "odd", "y"]]);
  assertEquals(fusion.found(["y"]), new Set());
});

/** Two blocks of normalization and ReLU, of which the second's normalization is used once more. */
function blocks(tf: TensorFlow) {
  const [first, second] = ["first", "second"].map((name) => fusedBatchNormalization(tf, name));
  return (x: Tensor) => {
    const y = tf.relu(first!.apply(x, { training: true }) as Tensor);
    const z = second!.apply(y, { training: true }) as Tensor;
    return tf.relu(z).add(z.tanh());
  };
}

Deno.test("compiled normalizations and ReLUs, and their gradients, are the eager ones to the last bit", async () => {
  const tf = await engine();
  const model = blocks(tf);
  const x = tf.randomNormal([2, 8, 8, 16], 1, 2, "float32", 1) as Tensor4D;
  const step = (x: Tensor) => {
    const { value, grad } = tf.valueAndGrad((x: Tensor) => model(x).square().sum())(x);
    return [value, grad];
  };
  step(x);
  const compiled = compile(tf, step, { createsVariables: false });
  const eager = step(x).map((tensor) => tensor.dataSync());
  const actual = compiled(x).map((tensor) => tensor.dataSync());
  assert(eager[1]!.some((value) => value !== 0));
  assertEquals(actual, eager);
  compiled.dispose();
});
