import { assertAlmostEquals, assertEquals } from "@std/assert";
import type { Rank, Tensor, Tensor1D, Tensor2D } from "@tensorflow/tfjs-node-gpu";
import {
  castBytes,
  compile,
  engine,
  largestClass,
  rawOp,
  softmaxCrossEntropy,
} from "../../lib/mod.ts";

/** What is computed by machine code where there is some, and by XLA, which has none in what it compiles. */
const WAYS = [{ by: "machine code", xla: false }, { by: "XLA", xla: true }];
/** Within a vector, whole vectors, some more, and more than stay in registers. */
const CLASSES = [1, 2, 7, 8, 9, 19, 33, 63, 64, 65];
const ROWS = 2000;

/** Loss and gradient of a row in float64. */
function expectedOf(logits: number[], label: number, weight: number) {
  const largest = Math.max(...logits);
  const exponentials = logits.map((logit) => Math.exp(logit - largest));
  const sum = exponentials.reduce((a, b) => a + b, 0);
  return {
    loss: weight && weight * (Math.log(sum) - (logits[label]! - largest)),
    gradient: exponentials.map((e, i) => weight * (e / sum - (i === label ? 1 : 0))),
  };
}

function rowsOf(values: Float32Array, classes: number): number[][] {
  return Array.from(
    { length: values.length / classes },
    (_, row) => [...values.subarray(row * classes, (row + 1) * classes)],
  );
}

for (const { by, xla } of WAYS) {
  Deno.test(`softmaxCrossEntropy() gives each row's loss and gradient, by ${by}`, async () => {
    const tf = await engine();
    const compute = compile(
      tf,
      (...[logits, labels, weights]: [Tensor2D, Tensor1D, Tensor1D]) =>
        softmaxCrossEntropy(tf, { logits, labels, weights }),
      { createsVariables: false, xla },
    );
    for (const classes of CLASSES) {
      const logits = tf.randomNormal<Rank.R2>([ROWS, classes], 0, 5, "float32", classes);
      // Void is below or above the classes.
      const labels = Array.from({ length: ROWS }, (_, i) => i % (classes + 2) - 1);
      const weights = labels.map((label, i) => label >= 0 && label < classes ? 0.5 + i % 3 : 0);
      const before = tf.memory().numTensors;
      const inputs = [tf.tensor1d(labels, "int32"), tf.tensor1d(weights)] as const;
      const { losses, gradient } = compute(logits, ...inputs);
      const told = losses.dataSync(), slopes = rowsOf(gradient.dataSync() as Float32Array, classes);
      rowsOf(logits.dataSync() as Float32Array, classes).forEach((row, i) => {
        const expected = expectedOf(row, labels[i]!, weights[i]!);
        assertAlmostEquals(told[i]!, expected.loss, 1e-5, `${classes} classes, row ${i}`);
        expected.gradient.forEach((slope, k) => assertAlmostEquals(slopes[i]![k]!, slope, 1e-6));
      });
      tf.dispose([losses, gradient, ...inputs]);
      assertEquals(tf.memory().numTensors, before);
      logits.dispose();
    }
    compute.dispose();
  });

  Deno.test(`largestClass() gives the first of the largest logits, by ${by}`, async () => {
    const tf = await engine();
    const choose = compile(tf, (logits: Tensor): Tensor => largestClass(tf, logits), {
      createsVariables: false,
      xla,
    });
    for (const classes of CLASSES) {
      // Whole numbers are often equal.
      const shape = [5, 20, ROWS / 100, classes];
      const logits = tf.tidy(() => tf.randomUniform(shape, -3, 4, "float32", classes).floor());
      const chosen = choose(logits);
      assertEquals(chosen.shape, shape.slice(0, -1));
      const expected = rowsOf(logits.dataSync() as Float32Array, classes)
        .map((row) => row.indexOf(Math.max(...row)));
      assertEquals([...chosen.dataSync()], expected);
      tf.dispose([logits, chosen]);
    }
    choose.dispose();
  });
}

Deno.test("softmaxCrossEntropy() of logits far apart is exact, of what is no number none", async () => {
  const tf = await engine();
  const rows = [
    [0, -200, 1e30, -1e30],
    [-Infinity, 0, -100, -Infinity],
    [88, -88, 3e38, -3e38],
    [1, NaN, 2, 3],
    [Infinity, 1, 2, 3],
  ];
  const labels = [2, 2, 1, 0, 1];
  const { losses, gradient } = softmaxCrossEntropy(tf, {
    logits: tf.tensor2d(rows),
    labels: tf.tensor1d(labels, "int32"),
    weights: tf.ones([rows.length]),
  });
  const told = [...losses.dataSync()];
  assertEquals(told.slice(0, 2), [0, 100]);
  assertAlmostEquals(told[2]! / 3e38, 1, 1e-6);
  assertEquals(told.slice(3), [NaN, NaN]);
  const slopes = rowsOf(gradient.dataSync() as Float32Array, 4);
  const small = (row: number[]) => row.map((slope) => Math.abs(slope) < 1e-37 ? 0 : slope);
  assertEquals(small(slopes[0]!), [0, 0, 0, 0]);
  assertEquals(small(slopes[1]!), [0, 1, -1, 0]);
  assertEquals(small(slopes[2]!), [0, -1, 1, 0]);
  assertEquals(slopes.slice(3).flat().every(Number.isNaN), true);
});

Deno.test("largestClass() of what is no number is one of the classes", async () => {
  const tf = await engine();
  const rows = [[1, NaN, 3], [NaN, NaN, NaN], [-Infinity, -Infinity, -Infinity], [
    0,
    Infinity,
    NaN,
  ]];
  const chosen = largestClass(tf, tf.tensor2d(rows)).dataSync();
  assertEquals([...chosen].every((label) => label < 3), true);
  assertEquals(chosen[2], 0);
});

Deno.test("a shape that depends on values is left to XLA", async () => {
  const tf = await engine();
  const choose = compile(
    tf,
    (logits: Tensor): Tensor => largestClass(tf, logits),
    { createsVariables: false },
  );
  const positive = compile(tf, (logits: Tensor) => {
    const mask = logits.max<Tensor1D>(-1).greater(0).cast("int32");
    const call = { name: "DynamicPartition", inputs: [logits, mask] };
    const [, rows] = rawOp(tf, call, { attributes: { num_partitions: { int: 2 } }, outputs: 2 });
    return castBytes(tf, choose(rows!), "int32");
  }, { createsVariables: false });
  assertEquals([...positive(tf.tensor2d([[1, 2], [-1, -2], [4, 3]])).dataSync()], [1, 0]);
});
