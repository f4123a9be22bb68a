import { assertEquals, assertLess, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { compile, engine, InPlaceVariable, type TensorFlow } from "../../lib/mod.ts";
import { runModule } from "../_program.ts";

/** Makes a function that adds to a variable, and says what it was before. */
function adder(tf: TensorFlow, sum: InPlaceVariable, { xla = false } = {}) {
  return compile(tf, (x: Tensor) => {
    const before = sum.clone();
    sum.assign(before.add(x));
    return before.mul(1);
  }, { createsVariables: false, xla });
}

for (const xla of [false, true]) {
  const by = xla ? "XLA compiled" : "TensorFlow compiled";
  Deno.test(`InPlaceVariable: what ${by} changes it, and what was read before stays`, async () => {
    const tf = await engine();
    const { numTensors, numBytes } = tf.memory();
    const sum = new InPlaceVariable(tf, [3]), add = adder(tf, sum, { xla });
    const one = tf.tensor1d([1, 2, 3]);
    const read = [sum.clone()], said: Tensor[] = [];
    for (let i = 0; i < 3; i++) {
      said.push(add(one));
      read.push(sum.clone());
    }
    const expected = [[0, 0, 0], [1, 2, 3], [2, 4, 6], [3, 6, 9]];
    assertEquals(read.map((value) => [...value.dataSync()]), expected);
    assertEquals(said.map((value) => [...value.dataSync()]), expected.slice(0, 3));
    tf.dispose([one, read, said]);
    add.dispose();
    sum.dispose();
    const after = tf.memory();
    assertEquals([after.numTensors, after.numBytes], [numTensors, numBytes]);
  });

  Deno.test(`InPlaceVariable: in what ${by} it is read and assigned in the order of the lines`, async () => {
    const tf = await engine();
    const sum = new InPlaceVariable(tf, [1]);
    const step = compile(tf, (x: Tensor) => {
      const read = [sum.clone()];
      for (let i = 0; i < 8; i++) {
        sum.assign(sum.clone().mul(2).add(x));
        read.push(sum.clone());
      }
      return tf.concat(read);
    }, { createsVariables: false, xla });
    // Called within another, one call waits for the one before.
    const twice = compile(
      tf,
      (x: Tensor) => tf.concat([step(x), step(x)]),
      { createsVariables: false },
    );
    const one = tf.tensor1d([1]);
    const powers = (from: number) => Array.from({ length: 9 }, (_, i) => 2 ** (from + i) - 1);
    for (let i = 0; i < 20; i++) {
      assertEquals([...step(one).dataSync()], powers(0));
      assertEquals([...sum.clone().dataSync()], [255]);
      sum.assign(tf.tensor1d([0]));
      assertEquals([...twice(one).dataSync()], [...powers(0), ...powers(8)]);
      sum.assign(tf.tensor1d([0]));
    }
    twice.dispose();
    step.dispose();
    sum.dispose();
  });
}

Deno.test("InPlaceVariable: who reads or assigns it waits for the calls that were started", async () => {
  const tf = await engine();
  const side = 600;
  const sum = new InPlaceVariable(tf, [side, side]);
  const step = compile(tf, (x: Tensor) => {
    let slow = x;
    for (let i = 0; i < 20; i++) slow = slow.matMul(x).div(side);
    sum.assign(sum.clone().add(slow));
    return slow.max();
  }, { createsVariables: false });
  const ones = tf.ones([side, side]);
  const started = [step.start(ones), step.start(ones)];
  assertEquals(sum.clone().max().dataSync()[0]! > 1.99, true);
  started.push(step.start(ones));
  sum.assign(tf.zeros([side, side]));
  await Promise.all(started.map(({ done }) => done));
  assertEquals(sum.clone().max().dataSync()[0], 0);
  step.dispose();
  sum.dispose();
});

Deno.test("InPlaceVariable: a call waits for those that were started, whatever they give", async () => {
  const tf = await engine();
  const side = 600;
  const sum = new InPlaceVariable(tf, [1]);
  const silent = compile(tf, (x: Tensor) => {
    let slow = x;
    for (let i = 0; i < 20; i++) slow = slow.matMul(x).div(side);
    sum.assign(sum.clone().mul(2).add(slow.max().reshape([1])));
    return [] as Tensor[];
  }, { createsVariables: false });
  const tenfold = compile(tf, (x: Tensor) => {
    sum.assign(sum.clone().mul(10));
    return x.mul(2);
  }, { createsVariables: false });
  const ones = tf.ones([side, side]), x = tf.scalar(1);
  const first = silent.start(ones);
  assertEquals(Math.round(sum.clone().dataSync()[0]!), 1);
  const second = tenfold.start(x);
  silent(ones);
  tenfold(x);
  assertEquals(Math.round(sum.clone().dataSync()[0]!), ((1 * 10) * 2 + 1) * 10);
  await Promise.all([first.done, second.done]);
  silent.dispose();
  tenfold.dispose();
  sum.dispose();
});

Deno.test("InPlaceVariable refuses values of another kind, and any once it is disposed", async () => {
  const tf = await engine();
  const sum = new InPlaceVariable(tf, [2]);
  const three = tf.tensor1d([1, 2, 3]), whole = tf.tensor1d([1, 2], "int32");
  assertThrows(() => sum.assign(three), RangeError, "expected a value [2], got [3]");
  assertThrows(() => sum.assign(whole), TypeError, "expected float32, got int32");
  assertEquals([...sum.clone().dataSync()], [0, 0]);
  sum.dispose();
  sum.dispose();
  assertThrows(() => sum.clone(), Error, "disposed");
  assertThrows(() => sum.assign(tf.zeros([2])), Error, "disposed");
});

Deno.test("InPlaceVariable: one that a compiled function makes is refused", async () => {
  const tf = await engine();
  const step = compile(
    tf,
    (x: Tensor) => new InPlaceVariable(tf, [1]).clone().add(x),
    { createsVariables: false },
  );
  assertThrows(() => step(tf.scalar(1)), Error, "create them before");
});

/** Adds 1 to 256 MB of values three times, and tells by how many MB the process's peak grew. */
const ADDING = `
import { compile, engine, InPlaceVariable } from "./lib/mod.ts";
const tf = await engine({ device: "cpu" });
const peak = () => Number(/VmHWM:\\s+(\\d+)/.exec(Deno.readTextFileSync("/proc/self/status"))[1]);
const values = new InPlaceVariable(tf, [${64 * 2 ** 20}]);
const step = compile(tf, (x) => {
  const next = values.clone().add(x);
  values.assign(next);
  return next.max();
}, { createsVariables: false, xla: true });
const before = peak();
const most = [1, 2, 3].map(() => step(tf.scalar(1)).dataSync()[0]);
console.log(JSON.stringify({ most, grownBy: (peak() - before) / 1024 }));
`;

Deno.test("InPlaceVariable: values that XLA changes take no memory beside the old ones", {
  ignore: Deno.build.os !== "linux",
}, async () => {
  const { code, stdout, stderr } = await runModule(ADDING, { flags: ["--no-check"] });
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  const { most, grownBy } = JSON.parse(stdout);
  assertEquals(most, [1, 2, 3]);
  // The compiler itself takes some 50.
  assertLess(grownBy, 150);
});
