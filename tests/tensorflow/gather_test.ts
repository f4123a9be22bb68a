import { assertEquals, assertLess, assertThrows } from "@std/assert";
import type { Scalar, Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import { compile, engine, hasNvidiaGpu, TensorFlowError } from "../../lib/mod.ts";

Deno.test("what tf.gather takes by indices is compiled, with its gradient", async () => {
  const tf = await engine();
  const table = tf.tensor2d([1, 2, 3, 4, 5, 6], [3, 2]);
  const work = (indices: Tensor) => {
    const taken = (table: Tensor) => table.gather(indices).square() as Tensor;
    return [taken(table), tf.grad(taken)(table), table.gather(indices as Tensor1D, 1, 0)];
  };
  const compiled = compile(tf, work);
  for (const numbers of [[1, 0], [0, 0], [1, 1]]) {
    const indices = tf.tensor1d(numbers, "int32");
    const values = (tensors: Tensor[]) => tensors.map((tensor) => tensor.arraySync());
    assertEquals(values(compiled(indices)), values(work(indices)));
  }
  compiled.dispose();
});

Deno.test({
  name: "indices out of range are refused by both, and the next call works",
  // There TensorFlow gives zeros.
  ignore: await hasNvidiaGpu(),
  async fn() {
    const tf = await engine();
    const table = tf.tensor1d([1, 2, 3]);
    const gather = (indices: Tensor) => table.gather(indices);
    const compiled = compile(tf, gather);
    assertEquals(compiled(tf.tensor1d([2], "int32")).dataSync()[0], 3);
    const wrong = tf.tensor1d([3], "int32");
    assertThrows(() => gather(wrong), Error, "3 is not in [0, 2]");
    assertThrows(() => compiled(wrong).dataSync(), TensorFlowError, "3 is not in [0, 3)");
    assertEquals(compiled(tf.tensor1d([1], "int32")).dataSync()[0], 2);
  },
});

Deno.test("a model of words is trained by a compiled step as by single ops", async () => {
  const tf = await engine();
  const losses = [true, false].map((isCompiled) => {
    const layers = [
      tf.layers.embedding({
        inputDim: 20,
        outputDim: 4,
        inputLength: 6,
        embeddingsInitializer: tf.initializers.randomNormal({ seed: 1 }),
      }),
      tf.layers.flatten(),
      tf.layers.dense({ units: 3, kernelInitializer: tf.initializers.randomNormal({ seed: 2 }) }),
    ];
    const model = tf.sequential({ layers }), optimizer = tf.train.adam(0.05);
    const loss = (words: Tensor, labels: Tensor) =>
      tf.losses.softmaxCrossEntropy(tf.oneHot(labels, 3), model.apply(words) as Tensor) as Scalar;
    const eager = (words: Tensor, labels: Tensor) =>
      optimizer.minimize(() => loss(words, labels), true)!;
    const step = isCompiled ? compile(tf, eager) : eager;
    const words = tf.randomUniform([8, 6], 0, 20, "int32", 3);
    const labels = tf.tensor1d([0, 1, 2, 0, 1, 2, 0, 1], "int32");
    return Array.from({ length: 10 }, () => step(words, labels).dataSync()[0]!);
  });
  const [compiled, eager] = losses as [number[], number[]];
  compiled.forEach((value, i) => assertLess(Math.abs(value - eager[i]!), 1e-4 * eager[i]!));
  assertLess(compiled.at(-1)!, compiled[0]!);
});
