import { assertEquals, assertLess } from "@std/assert";
import type { NamedTensorMap } from "@tensorflow/tfjs-node-gpu";
import { engine, Optimizer, type OptimizerName, type Parameter } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

interface Case {
  name: OptimizerName;
  start: number[];
  gradients: number[][];
  values: number[][];
}

for (const { name, start, gradients, values } of golden<Case[]>("optimizers")) {
  Deno.test(`${name} changes parameters as PyTorch does`, async () => {
    const tf = await engine();
    const before = tf.memory().numTensors;
    const variable = tf.variable(tf.tensor1d(start));
    const parameter: Parameter = { name: "p", variable, trainable: true, torchAxes: [0] };
    const optimizer = new Optimizer(tf, [parameter], { name });
    gradients.forEach((gradient, step) => {
      const grads: NamedTensorMap = { [variable.name]: tf.tensor1d(gradient) };
      const factors = tf.tensor1d(optimizer.nextFactors(0.01));
      optimizer.apply(grads, factors);
      tf.dispose([grads, factors]);
      const actual = variable.dataSync();
      values[step]!.forEach((expected, i) => assertLess(Math.abs(actual[i]! - expected), 1e-6));
    });
    assertEquals(optimizer.steps, 4);
    optimizer.dispose();
    variable.dispose();
    assertEquals(tf.memory().numTensors, before + 1); // What tf.tensor1d(start) made.
  });
}

Deno.test("a parameter that is not trainable is left alone", async () => {
  const tf = await engine();
  const variable = tf.variable(tf.tensor1d([1, 2]), false);
  const fixed: Parameter = { name: "p", variable, trainable: false, torchAxes: [0] };
  const optimizer = new Optimizer(tf, [fixed]);
  const factors = tf.tensor1d(optimizer.nextFactors(0.1));
  optimizer.apply({ [variable.name]: tf.tensor1d([1, 1]) }, factors);
  assertEquals([...variable.dataSync()], [1, 2]);
  assertEquals(optimizer.state(), []);
  variable.dispose();
});

Deno.test("parameters of the same name are told apart", async () => {
  const tf = await engine();
  const parameters = [0, 0].map((value): Parameter => {
    const variable = tf.variable(tf.tensor1d([value]));
    return { name: "w", variable, trainable: true, torchAxes: [0] };
  });
  const optimizer = new Optimizer(tf, parameters, { name: "sgd" });
  parameters.forEach(({ variable }, i) => {
    const factors = tf.tensor1d(optimizer.nextFactors(0.1));
    optimizer.apply({ [variable.name]: tf.tensor1d([[1], [100]][i]!) }, factors);
  });
  const velocities = optimizer.state().map(({ variable }) => variable.clone().dataSync()[0]);
  assertEquals(velocities, [1, 100]);
  optimizer.dispose();
  parameters.forEach(({ variable }) => variable.dispose());
});

Deno.test("parameters that are too large for one group are all changed, small ones between them too", async () => {
  const tf = await engine();
  const sizes = [3, 3_000_000, 5, 2_500_000, 7];
  const parameters = sizes.map((size, i): Parameter => {
    const variable = tf.tidy(() => tf.variable(tf.fill([size], i)));
    return { name: `p${i}`, variable, trainable: true, torchAxes: [0] };
  });
  const optimizer = new Optimizer(tf, parameters, { name: "sgd", momentum: 0.5 });
  const ones = Object.fromEntries(
    parameters.map(({ variable }) => [variable.name, tf.onesLike(variable)]),
  );
  for (let step = 0; step < 2; step++) {
    const factors = tf.tensor1d(optimizer.nextFactors(0.5));
    optimizer.apply(ones, factors);
    factors.dispose();
  }
  tf.dispose(ones);
  // Velocities 1 and 1.5, times the rate.
  parameters.forEach(({ variable }, i) => {
    assertEquals(new Set(variable.dataSync()), new Set([i - 1.25]));
  });
  optimizer.dispose();
  parameters.forEach(({ variable }) => variable.dispose());
});
