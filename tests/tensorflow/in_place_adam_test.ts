import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Tensor, Tensor1D } from "@tensorflow/tfjs-node-gpu";
import {
  compile,
  engine,
  hasInPlaceAdam,
  inPlaceAdam,
  InPlaceVariable,
  type TensorFlow,
} from "../../lib/mod.ts";

const OPTIONS = { beta1: 0.8, beta2: 0.99, epsilon: 1e-3 };
const RATE = 0.1, CORRECTION = 2;
/** Less than a vector, whole ones, some more, and enough for several tasks. */
const SHAPES = [[1], [7], [8], [19], [3, 3, 16, 5], [300_003], [512, 512]];

const ignore = !hasInPlaceAdam(await engine(), SHAPES);

/** An update of values by their gradients, with the moments that it changes. */
function updater(tf: TensorFlow, shape: number[]) {
  const moments = [new InPlaceVariable(tf, shape), new InPlaceVariable(tf, shape)] as const;
  const update = compile(
    tf,
    (value: Tensor, gradient: Tensor, factors: Tensor) =>
      inPlaceAdam(tf, { value, gradient, moments, factors: factors as Tensor1D }, OPTIONS),
    { createsVariables: false },
  );
  return { moments, update };
}

Deno.test({
  name: "inPlaceAdam() gives new values, and changes the moments where they lie",
  ignore,
  fn: async () => {
    const tf = await engine();
    const before = tf.memory().numTensors;
    const factors = tf.tensor1d([RATE, CORRECTION]);
    for (const [seed, shape] of SHAPES.entries()) {
      const { moments, update } = updater(tf, shape);
      let value: Tensor = tf.randomNormal(shape, 0, 1, "float32", seed);
      const size = value.size, expected = Float64Array.from(value.dataSync());
      const [m, v] = [new Float64Array(size), new Float64Array(size)];
      for (let step = 0; step < 3; step++) {
        const gradient = tf.randomNormal(shape, 0, 1, "float32", 10 * seed + step);
        const slopes = gradient.dataSync();
        const first = moments[0].clone(), was = first.dataSync().slice();
        const next = update(value, gradient, factors);
        // What was read before is no part of what changes.
        assertEquals(first.dataSync(), was);
        const actual = next.dataSync();
        expected.forEach((number, i) => {
          m[i] = 0.8 * m[i]! + (1 - 0.8) * slopes[i]!;
          v[i] = 0.99 * v[i]! + (1 - 0.99) * slopes[i]! ** 2;
          expected[i] = number - RATE * m[i]! / (Math.sqrt(v[i]!) * CORRECTION + 1e-3);
          if (Math.abs(actual[i]! - expected[i]!) > 1e-5) {
            assertAlmostEquals(actual[i]!, expected[i]!, 1e-5, `[${shape}], ${i}`);
          }
        });
        tf.dispose([gradient, value, first]);
        value = next;
      }
      for (const [i, moment] of [m, v].entries()) {
        const read = moments[i]!.clone();
        const numbers = read.dataSync() as Float32Array;
        const most = numbers.reduce(
          (most, number, j) => Math.max(most, Math.abs(number - moment[j]!)),
          0,
        );
        assertAlmostEquals(most, 0, 1e-5);
        read.dispose();
      }
      value.dispose();
      update.dispose();
      moments.forEach((moment) => moment.dispose());
    }
    factors.dispose();
    assertEquals(tf.memory().numTensors, before);
  },
});

Deno.test({
  name: "inPlaceAdam() leaves alone the tensor that was assigned to a moment",
  ignore,
  fn: async () => {
    const tf = await engine();
    const { moments, update } = updater(tf, [4]);
    const assigned = tf.tensor1d([1, 2, 3, 4]), ones = tf.ones([4]);
    moments[0].assign(assigned);
    update(ones, ones, tf.tensor1d([RATE, CORRECTION]));
    assertEquals([...assigned.dataSync()], [1, 2, 3, 4]);
    assertAlmostEquals(moments[0].clone().dataSync()[3]!, 0.8 * 4 + (1 - 0.8), 1e-6);
  },
});

Deno.test({
  name: "inPlaceAdam(): moments are read before and after it, and what was read stays",
  ignore,
  fn: async () => {
    const tf = await engine();
    const shape = [200_000];
    const moments = [new InPlaceVariable(tf, shape), new InPlaceVariable(tf, shape)] as const;
    const update = (value: Tensor, gradient: Tensor, factors: Tensor) =>
      inPlaceAdam(tf, { value, gradient, moments, factors: factors as Tensor1D }, OPTIONS);
    const read = () => moments[0].clone();
    // Nothing takes the new values but the first, and each update waits for the one before.
    const twice = compile(tf, (...of: [Tensor, Tensor, Tensor]) => {
      const before = read();
      const value = update(...of), between = read();
      update(...of);
      return [before, value, between, read()];
    }, { createsVariables: false });
    const outer = compile(
      tf,
      (...of: [Tensor, Tensor, Tensor]) => twice(...of) as Tensor[],
      { createsVariables: false },
    );
    const ones = tf.ones(shape), factors = tf.tensor1d([RATE, CORRECTION]);
    let m = 0;
    for (const compiled of [twice, outer, twice]) {
      const [before, , between, after] = compiled(ones, ones, factors) as Tensor[];
      // Later calls leave what this one gave as it is.
      compiled(ones, ones, factors);
      for (const [i, tensor] of [before!, between!, after!].entries()) {
        if (i > 0) m = 0.8 * m + 0.2;
        const numbers = tensor.dataSync() as Float32Array;
        assertEquals(numbers.every((number) => Math.abs(number - m) < 1e-5), true, `${i}`);
      }
      m = 0.8 * (0.8 * m + 0.2) + 0.2;
    }
  },
});

Deno.test({
  name: "inPlaceAdam() refuses tensors of other shapes",
  ignore,
  fn: async () => {
    const tf = await engine();
    const moments = [new InPlaceVariable(tf, [3]), new InPlaceVariable(tf, [4])] as const;
    const update = compile(
      tf,
      (value: Tensor, factors: Tensor) =>
        inPlaceAdam(
          tf,
          { value, gradient: value, moments, factors: factors as Tensor1D },
          OPTIONS,
        ),
      { createsVariables: false },
    );
    const factors = tf.tensor1d([1, 1]);
    assertThrows(() => update(tf.ones([4]), factors), RangeError, "got [4], [4], [3], [4], [2]");
    assertThrows(() => update(tf.ones([3]), factors), RangeError, "got [3], [3], [3], [4], [2]");
  },
});

Deno.test("inPlaceAdam() outside of a compiled function is refused", async () => {
  const tf = await engine();
  const one = tf.tensor1d([1]);
  const moments = [new InPlaceVariable(tf, [1]), new InPlaceVariable(tf, [1])] as const;
  const subject = { value: one, gradient: one, moments, factors: tf.tensor1d([1, 1]) };
  assertThrows(() => inPlaceAdam(tf, subject, OPTIONS), Error, "compile");
});
