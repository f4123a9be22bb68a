import {
  assertAlmostEquals,
  assertEquals,
  assertLess,
  assertRejects,
  assertThrows,
} from "@std/assert";
import type {
  LayersModel,
  Optimizer as TfjsOptimizer,
  Scalar,
  Tensor,
  Tensor1D,
  Tensor2D,
  Tensor3D,
  Tensor4D,
  Variable,
} from "@tensorflow/tfjs-node-gpu";
import {
  augment,
  byteTensor,
  castBytes,
  compile,
  crossEntropy,
  engine,
  hasNvidiaGpu,
  mirror,
  Optimizer,
  packBatch,
  parametersOf,
  rawOp,
  type TensorFlow,
  TensorFlowError,
  toBytes,
  trainStep,
  unet,
  unpackBatch,
} from "../../lib/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { runModule } from "../_program.ts";
import { counting } from "./_counting.ts";

const SHAPES_ERROR = "shape that depends on values";

Deno.test("a compiled function gives what the function gives, in its form", async () => {
  const tf = await engine();
  const both = compile(tf, (a: Tensor, b: Tensor) => ({ sum: a.add(b), product: a.mul(b) }));
  for (const [x, y] of [[2, 3], [4, 5], [6, 7]] as const) {
    const { sum, product } = both(tf.scalar(x), tf.scalar(y));
    assertEquals([sum!.dataSync()[0], product!.dataSync()[0]], [x + y, x * y]);
  }
  both.dispose();
  const list = compile(tf, (a: Tensor) => [a.neg(), a.abs()]);
  list(tf.scalar(-1));
  assertEquals(list(tf.scalar(-2)).map((tensor) => tensor.dataSync()[0]), [2, 2]);
  list.dispose();
});

Deno.test("an interface may say what a function gives", async () => {
  interface Given {
    sum: Scalar;
    twice: Tensor1D;
  }
  const tf = await engine();
  const work = compile(tf, (x: Tensor1D): Given => ({ sum: x.sum(), twice: x.mul(2) }));
  const { sum, twice } = work(tf.tensor1d([1, 2]));
  assertEquals([sum.arraySync(), twice.arraySync()], [3, [2, 4]]);
});

Deno.test("variables hold what the function assigned, and their values are followed", async () => {
  const tf = await engine();
  const total = tf.variable(tf.scalar(0));
  const add = compile(tf, (x: Tensor) => {
    total.assign(total.add(x));
    return total.square();
  });
  const squares = [1, 2, 3].map((x) => add(tf.scalar(x)).dataSync()[0]);
  assertEquals(squares, [1, 9, 36]);
  total.assign(tf.scalar(10));
  assertEquals(add(tf.scalar(1)).dataSync()[0], 121);
  assertEquals(total.dataSync()[0], 11);
  add.dispose();
});

Deno.test("variables that share their data are told apart", async () => {
  const tf = await engine();
  const weight = tf.variable(tf.scalar(1)), average = tf.variable(tf.scalar(0));
  average.assign(weight);
  const difference = compile(tf, (x: Tensor) => weight.sub(average).mul(x));
  assertEquals(difference(tf.scalar(1)).dataSync()[0], 0);
  weight.assign(tf.scalar(5));
  assertEquals(difference(tf.scalar(1)).dataSync()[0], 4);
  difference.dispose();
});

Deno.test("a tensor from outside stays in use when its owner disposes it", async () => {
  const tf = await engine();
  const weights = tf.tensor1d([1, 10]);
  const dot = compile(tf, (x: Tensor) => x.mul(weights).sum());
  assertEquals(dot(tf.tensor1d([1, 2])).dataSync()[0], 21);
  weights.dispose();
  assertEquals(dot(tf.tensor1d([3, 4])).dataSync()[0], 43);
  dot.dispose();
});

Deno.test("other shapes and data types are compiled anew, and the cache is bounded", async () => {
  const tf = await engine();
  let traces = 0;
  const double = compile(tf, (x: Tensor) => {
    traces++;
    return x.add(x);
  }, { cacheSize: 2 });
  for (const size of [1, 2, 3, 3, 2, 1]) {
    assertEquals(double(tf.ones([size])).dataSync().length, size);
  }
  // Once as it is; two traces for 1, 2 and 3, and again for 1, which had to make room.
  assertEquals(traces, 1 + 2 * 4);
  assertEquals([...double(tf.tensor1d([1, 2], "int32")).dataSync()], [2, 4]);
  double.dispose();
});

/** As many products as keep a processor busy for a while. */
function busy(tf: TensorFlow): (x: Tensor) => Tensor {
  return (x) => Array.from({ length: 40 }).reduce((y: Tensor) => tf.matMul(y, x).mul(1e-3), x);
}

/**
 * A GPU's calls end when its kernels are queued, and it has no errors for indices. It chooses
 * convolutions by their speed; with `TF_DETERMINISTIC_OPS=1` it agrees over 20 steps too.
 */
const onCpu = { ignore: await hasNvidiaGpu() };

Deno.test(
  "a started call runs beside the event loop, and the next after it (on a CPU)",
  onCpu,
  async () => {
    const tf = await engine();
    const x = tf.ones([600, 600]), expected = busy(tf)(x).dataSync();
    const total = tf.variable(tf.zeros([600, 600]));
    const compiled = compile(tf, (x: Tensor) => {
      total.assign(total.add(busy(tf)(x)));
      return total.mul(1);
    }, { createsVariables: false });
    await compiled.start(x).done;
    total.assign(tf.zeros([600, 600]));
    let turns = 0, over = false;
    const timer = setInterval(() => turns++, 1);
    const [first, second] = [compiled.start(x), compiled.start(x)];
    assertEquals([first.outputs.shape, first.outputs.dtype], [[600, 600], "float32"]);
    second.done.then(() => over = true);
    await first.done;
    assertEquals(over, false);
    await second.done;
    clearInterval(timer);
    assertLess(2, turns);
    assertEquals(first.outputs.dataSync()[7], expected[7]);
    assertEquals(second.outputs.dataSync()[7], Math.fround(expected[7]! * 2));
    assertEquals(total.dataSync()[7], Math.fround(expected[7]! * 2));
    compiled.dispose();
  },
);

Deno.test("what a started call gives can be passed on without waiting for it", async () => {
  const tf = await engine();
  const x = tf.ones([600, 600]);
  const compiled = compile(tf, (x: Tensor) => busy(tf)(x), { createsVariables: false });
  await compiled.start(x).done;
  const clock = (work: () => void) => {
    const start = performance.now();
    work();
    return performance.now() - start;
  };
  const whole = clock(() => compiled(x).dataSync());
  const first = compiled.start(x);
  const starting = clock(() => compiled.start(first.outputs));
  assertLess(starting, whole / 4);
  compiled.dispose();
});

Deno.test("whoever asks for values that are under way waits for them", async () => {
  const tf = await engine();
  const x = tf.ones([600, 600]), expected = busy(tf)(x).dataSync()[3]!;
  const last = tf.variable(tf.zeros([600, 600]));
  const compiled = compile(tf, (x: Tensor) => {
    last.assign(busy(tf)(x));
    return [last.neg()];
  });
  compiled(x);
  last.assign(tf.zeros([600, 600]));
  const [a, b] = [compiled.start(x), compiled.start(x.add(0))];
  assertEquals(last.dataSync()[3], expected);
  assertEquals(a.outputs[0]!.add(1).dataSync()[3], Math.fround(1 - expected));
  compiled.dispose();
  await Promise.all([a.done, b.done]);
});

Deno.test("a started call that fails leaves variables as they were", async () => {
  const tf = await engine();
  const { binding } = nodeBackend(tf);
  const sums = tf.variable(tf.tensor1d([1, 2]));
  const add = compile(tf, (indices: Tensor) => {
    sums.assign(sums.add(tf.gatherND(sums, indices)));
    return sums.sum();
  }, { createsVariables: false });
  const [known, unknown] = [[0, 1], [0, 9]]
    .map((indices) => tf.tensor2d(indices, [2, 1], "int32"));
  add(known!).dispose();
  nodeBackend(tf).getInputTensorIds([unknown!]);
  const before = [tf.memory().numTensors, binding.getNumOfTensors()];
  const unread = add.start(unknown!);
  assertEquals([...sums.dataSync()], [2, 4]);
  unread.outputs.dispose();
  await assertRejects(() => unread.done);
  const failed = add.start(unknown!), after = add.start(known!);
  await assertRejects(() => failed.done, Error, "[9] does not index into");
  assertThrows(() => failed.outputs.dataSync(), Error, "[9] does not index into");
  assertEquals(after.outputs.dataSync()[0], 12);
  assertEquals([...sums.dataSync()], [4, 8]);
  tf.dispose([failed.outputs, after.outputs]);
  assertEquals([tf.memory().numTensors, binding.getNumOfTensors()], before);
  add.dispose();
  sums.dispose();
});

Deno.test("a call that waits has begun before anybody hears of the end of the one before", async () => {
  const tf = await engine();
  const double = compile(tf, (x: Tensor) => x.mul(2), { createsVariables: false });
  const x = tf.scalar(1), [value] = double(x).dataSync();
  await counting(tf, async (begun) => {
    const calls = [1, 2, 3].map(() => double.start(x));
    const heard = await Promise.all(calls.map(({ done }) => done.then(begun)));
    assertEquals(heard, [2, 3, 3]);
    assertEquals(calls.map(({ outputs }) => outputs.dataSync()[0]), [value, value, value]);
  });
  double.dispose();
});

Deno.test("a call begins at once where none is under way", async () => {
  const tf = await engine();
  const double = compile(tf, (x: Tensor) => x.mul(2), { createsVariables: false });
  const x = tf.scalar(1);
  await counting(tf, async (begun) => {
    for (const call of [1, 2, 3]) {
      const { outputs, done } = double.start(x);
      assertEquals(begun(), call);
      await done;
      outputs.dispose();
    }
  });
  double.dispose();
});

Deno.test("what a function gives that was there before stays its owner's", async () => {
  const tf = await engine();
  const variable = tf.variable(tf.scalar(1)), outside = tf.scalar(10);
  const compiled = compile(tf, (x: Tensor) => {
    variable.assign(variable.add(x));
    return { x, variable, outside } as Record<string, Tensor>;
  });
  for (let call = 1; call <= 3; call++) {
    const input = tf.scalar(1), given = compiled(input);
    const values = Object.entries(given).map(([name, tensor]) => [name, tensor.dataSync()[0]]);
    assertEquals(Object.fromEntries(values), { x: 1, variable: 1 + call, outside: 10 });
    tf.dispose(given);
    assertEquals([input, variable, outside].map(({ isDisposed }) => isDisposed), [
      false,
      false,
      false,
    ]);
    input.dispose();
  }
  tf.dispose([variable, outside]);
  compiled.dispose();
});

Deno.test("a function that is refused after it has run once is not run again", async () => {
  const tf = await engine();
  const count = tf.variable(tf.scalar(0));
  const compiled = compile(tf, (x: Tensor) => {
    count.assign(count.add(1));
    return x.add(x.dataSync()[0]!);
  });
  const x = tf.scalar(1), before = tf.memory().numTensors;
  for (let call = 0; call < 2; call++) assertThrows(() => compiled(x), Error, "reads the values");
  assertEquals([count.dataSync()[0], tf.memory().numTensors], [1, before]);
  tf.dispose([count, x]);
});

Deno.test("a cache for no function is refused", async () => {
  const tf = await engine();
  for (const cacheSize of [0, -1, 1.5, NaN]) {
    const options = { cacheSize };
    assertThrows(() => compile(tf, (x: Tensor) => x, options), RangeError, `got ${cacheSize}`);
  }
});

Deno.test("what cannot be compiled or called is named", async () => {
  const tf = await engine();
  const untyped = compile as unknown as (tf: TensorFlow, fn: unknown, options?: unknown) => void;
  assertThrows(() => untyped(tf, 3), TypeError, "expected a function, got number");
  assertThrows(
    () => untyped(tf, () => {}, { precision: "fp16" }),
    RangeError,
    "a precision of fp32, bf16, got fp16",
  );
  const add = compile(tf, (x: Tensor, y: Tensor) => x.add(y));
  const call = add as unknown as (...inputs: unknown[]) => Tensor;
  const gone = tf.scalar(1), one = tf.scalar(1);
  gone.dispose();
  for (let time = 0; time < 2; time++) {
    assertThrows(() => call(one, 3), TypeError, "expected a tensor as its input 2, got number");
    assertThrows(() => call(null, one), TypeError, "expected a tensor as its input 1, got null");
    assertThrows(() => add(one, gone), Error, "its input 2 is disposed");
    assertEquals(add(one, one).dataSync()[0], 2);
  }
});

Deno.test("a tensor that was kept while a function was compiled is said to be of none", async () => {
  const tf = await engine();
  let kept!: Tensor;
  const keep = compile(tf, (x: Tensor) => {
    kept = tf.keep(x.add(1));
    return kept.neg();
  });
  keep(tf.scalar(1));
  assertThrows(() => kept.dataSync(), RangeError, "return it from the function");
});

Deno.test("tensors that are disposed while a call is under way stay in its use", async () => {
  const tf = await engine();
  const backend = tf.backend() as unknown as { getNumOfTFTensors(): number };
  const compiled = compile(tf, (x: Tensor) => busy(tf)(x), { createsVariables: false });
  const expected = tf.tidy(() => busy(tf)(tf.ones([300, 300])).dataSync()[0]!);
  await compiled.start(tf.ones([300, 300])).done;
  const before = [tf.memory().numTensors, backend.getNumOfTFTensors()];
  const x = tf.ones([300, 300]);
  const first = compiled.start(x), second = compiled.start(first.outputs);
  x.dispose();
  first.outputs.dispose();
  const third = compiled.start(tf.tidy(() => tf.ones([300, 300])));
  third.outputs.dispose();
  await third.done;
  assertEquals(Number.isFinite(second.outputs.dataSync()[0]), true);
  assertLess(0, expected);
  second.outputs.dispose();
  assertEquals([tf.memory().numTensors, backend.getNumOfTFTensors()], before.map((n) => n + 1));
  compiled.dispose();
});

Deno.test(
  "a call that fails tells who waits for it, and later calls run (on a CPU)",
  onCpu,
  async () => {
    const tf = await engine();
    const pick = compile(tf, (values: Tensor, index: Tensor) => {
      const inputs = [values, index, tf.scalar(0, "int32")];
      return rawOp(tf, { name: "GatherV2", inputs }, {
        attributes: {
          Tparams: { type: "FLOAT" },
          Tindices: { type: "INT32" },
          Taxis: { type: "INT32" },
        },
      })[0]!;
    }, { createsVariables: false });
    const values = tf.tensor1d([5, 6, 7]);
    const bad = pick.start(values, tf.scalar(9, "int32"));
    const good = pick.start(values, tf.scalar(1, "int32"));
    await assertRejects(() => bad.done, TensorFlowError, "9 is not in [0, 3)");
    assertThrows(() => bad.outputs.dataSync(), TensorFlowError, "9 is not in [0, 3)");
    const double = compile(tf, (x: Tensor) => x.mul(2), { createsVariables: false });
    const onBad = double.start(bad.outputs);
    await assertRejects(() => onBad.done, TensorFlowError, "9 is not in [0, 3)");
    assertThrows(() => onBad.outputs.dataSync(), TensorFlowError, "9 is not in [0, 3)");
    await good.done;
    assertEquals(good.outputs.dataSync()[0], 6);
    pick.dispose();
    double.dispose();
  },
);

Deno.test("what a compiled function does not need is left out of it", async () => {
  const tf = await engine();
  const compiled = compile(tf, (x: Tensor) => {
    // It fails, since there is no number between its bounds.
    rawOp(tf, {
      name: "RandomUniformInt",
      inputs: [tf.tensor1d([1], "int32"), ...[2, 1].map((bound) => tf.scalar(bound, "int32"))],
    }, { attributes: { T: { type: "INT32" }, Tout: { type: "INT32" } } });
    return x.add(1);
  }, { createsVariables: false });
  assertEquals(compiled(tf.scalar(1)).dataSync()[0], 2);
  compiled.dispose();
});

Deno.test("ops that give nothing are run each time", async () => {
  const tf = await engine();
  const path = await Deno.makeTempFile();
  const write = compile(tf, (content: Tensor) => {
    const inputs = [tf.tensor(path, [], "string"), content];
    rawOp(tf, { name: "WriteFile", inputs }, { outputs: 0 });
    return content;
  }, { createsVariables: false });
  const around = compile(tf, (content: Tensor) => {
    write(content);
    return content;
  }, { createsVariables: false });
  for (const [compiled, content] of [[write, "one"], [write, "two"], [around, "three"]] as const) {
    compiled(tf.tensor(content, [], "string")).dispose();
    assertEquals(await Deno.readTextFile(path), content);
  }
  around.dispose();
  write.dispose();
  await Deno.remove(path);
});

Deno.test("what is written for TensorBoard is written at each call", async () => {
  const tf = await engine();
  const folder = await Deno.makeTempDir();
  const writer = tf.node.summaryFileWriter(folder);
  const note = compile(tf, (x: Tensor) => {
    writer.scalar("loss", x as Scalar, 1);
    return x.neg();
  });
  const sizes = [1, 2, 3].map((value) => {
    assertEquals(note(tf.scalar(value)).dataSync()[0], -value);
    writer.flush();
    const [file] = [...Deno.readDirSync(folder)];
    return Deno.statSync(`${folder}/${file!.name}`).size;
  });
  const [first, second, third] = sizes as [number, number, number];
  assertLess(first, second);
  assertEquals(third - second, second - first);
  note.dispose();
  await Deno.remove(folder, { recursive: true });
});

Deno.test("a compiled function may call another, by XLA too", async () => {
  const tf = await engine();
  const square = compile(tf, (x: Tensor) => x.square(), { createsVariables: false, xla: true });
  const sum = compile(tf, (x: Tensor) => square(x).add(square(x.add(1))));
  for (const x of [1, 2, 3]) {
    assertEquals(sum(tf.scalar(x)).dataSync()[0], x ** 2 + (x + 1) ** 2);
  }
  const made = compile(tf, (x: Tensor) => compile(tf, (y: Tensor) => y.square())(x).add(1));
  assertEquals([2, 3].map((x) => made(tf.scalar(x)).dataSync()[0]), [5, 10]);
  made.dispose();
  const outer = tf.scalar(4);
  const captures = compile(tf, (x: Tensor) => compile(tf, (y: Tensor) => y.add(x))(x));
  assertThrows(() => captures(outer), Error, "pass it as an input");
  sum.dispose();
  square.dispose();
});

Deno.test("nothing is compiled in debug mode or on another backend, and the way out is told", async () => {
  const tf = await engine();
  const square = () => compile(tf, (x: Tensor) => x.square(), { createsVariables: false });
  const [compiled, fresh] = [square(), square()];
  assertEquals(compiled(tf.scalar(3)).dataSync()[0], 9);
  const counter = tf.variable(tf.scalar(0));
  const count = compile(tf, () => counter.assign(counter.add(1)) ?? counter);
  try {
    tf.env().set("DEBUG", true);
    assertThrows(() => fresh(tf.scalar(3)), Error, 'tf.env().set("DEBUG", false)');
    assertThrows(() => count(), Error, 'tf.env().set("DEBUG", false)');
    tf.env().set("DEBUG", false);
    await tf.setBackend("cpu");
    assertThrows(() => compiled(tf.scalar(3)), Error, 'tf.setBackend("tensorflow")');
    assertThrows(square, Error, 'tf.setBackend("tensorflow")');
  } finally {
    tf.env().set("DEBUG", false);
    await tf.setBackend("tensorflow");
  }
  assertEquals(counter.dataSync()[0], 0);
  assertEquals(fresh(tf.scalar(3)).dataSync()[0], 9);
  compiled.dispose();
  fresh.dispose();
});

Deno.test("sizes that depend on values pass through a compiled function", async () => {
  const tf = await engine();
  const doubled = compile(tf, (x: Tensor) => x.mul(2), { createsVariables: false });
  const sum = compile(tf, (x: Tensor) => {
    const { values } = tf.unique(x);
    return { values, sum: doubled(values).concat(values).sum() };
  }, { createsVariables: false });
  const cases = [{ given: [1, 2, 2, 3], values: [1, 2, 3] }, { given: [4, 4, 4, 4], values: [4] }];
  for (const { given, values } of cases) {
    const outputs = sum(tf.tensor1d(given));
    assertEquals([...outputs.values.dataSync()], values);
    assertEquals(outputs.sum.dataSync()[0], 3 * values.reduce((a, b) => a + b));
  }
  assertEquals(Number.isFinite(tf.memory().numBytes), true);
  sum.dispose();
  doubled.dispose();
});

Deno.test("bytes are inputs of another type than whole numbers", async () => {
  const tf = await engine();
  const bytes = byteTensor<Tensor>(tf, Uint8Array.of(1, 255), [2]);
  const double = compile(tf, (x: Tensor) => castBytes(tf, x, "int32").mul(2), {
    createsVariables: false,
  });
  assertEquals([...double(bytes).dataSync()], [2, 510]);
  assertThrows(() => double(tf.tensor1d([1, 2], "int32")), TensorFlowError, "Cast");
  assertEquals([...toBytes(tf, tf.tensor1d([3, 200], "int32")).dataSync()], [3, 200]);
  double.dispose();
});

/** A vector of two, whose number of axes is known only when it runs. */
function ofUnknownRank(tf: TensorFlow, x: Tensor): Tensor {
  const shape = tf.unique(x.mul(0).add(2).cast("int32")).values;
  const attributes = { T: { type: "FLOAT" } } as const;
  return rawOp(tf, { name: "Reshape", inputs: [x, shape] }, { attributes })[0]!;
}

const REFUSED: [name: string, message: string, fn: (tf: TensorFlow) => (x: Tensor) => Tensor][] = [
  ["reads values", "reads the values of Square", () => (x) => x.add(x.square().dataSync()[0]!)],
  [
    "draws on the host",
    "two traces of the function differ in a constant (2) of float [1], ",
    (tf) => (x) => x.add(tf.randomNormal([1])),
  ],
  ["counts on the host", ", which Add takes: it draws random numbers", () => {
    let calls = 0;
    return (x) => x.add(calls++);
  }],
  ["takes other ops each time", "differ in an op, ", () => {
    let calls = 0;
    return (x) => calls++ % 2 ? x.exp() : x.sin();
  }],
  ["takes its operands in another order each time", "differ in an op, Sub of ", () => {
    let calls = 0;
    return (x) => calls++ % 2 ? x.sub(x.square()) : x.square().sub(x);
  }],
  ["takes other settings each time", "differ in an op, Cumsum of ", () => {
    let calls = 0;
    return (x) => x.cumsum(0, calls++ % 2 === 0);
  }],
  ["takes another tensor from outside each time", "differ in an op, Mul of ", (tf) => {
    const weights = [tf.scalar(2), tf.scalar(3)];
    let calls = 0;
    return (x) => x.mul(weights[calls++ % 2]!);
  }],
  ["gives another result each time", "differ in the result 0, ", () => {
    let calls = 0;
    return (x) => [x.exp(), x.sin()][calls++ % 2]!;
  }],
  ["creates variables", "creates variables", (tf) => (x) => {
    const made: Variable = tf.variable(tf.scalar(1));
    return x.add(made);
  }],
  [
    "is async",
    "the function is async",
    () => ((x: Tensor) => Promise.resolve(x.exp())) as unknown as (x: Tensor) => Tensor,
  ],
  [
    "gives nothing",
    "expected the function to give a tensor",
    () => ((x: Tensor) => void x.exp()) as unknown as (x: Tensor) => Tensor,
  ],
  [
    "gives a number",
    "expected the function to give a tensor",
    () => (() => ({ loss: 1 })) as unknown as (x: Tensor) => Tensor,
  ],
  ["starts a call", "Cannot start a call", (tf) => {
    const inner = compile(tf, (x: Tensor) => x.exp(), { createsVariables: false });
    return (x) => inner.start(x).outputs;
  }],
  [
    "assigns another variable each time",
    "two traces of the function differ in the new value of",
    (tf) => {
      const [a, b] = [tf.variable(tf.zeros([2])), tf.variable(tf.zeros([2]))];
      let calls = 0;
      return (x) => {
        (calls++ % 2 ? a : b).assign(x as typeof a);
        return x.square();
      };
    },
  ],
  [
    "gives another name each time",
    "two traces of the function differ in the result",
    () => {
      let calls = 0;
      const named = (x: Tensor) => ({ [`result ${calls++}`]: x.square() });
      return named as unknown as (x: Tensor) => Tensor;
    },
  ],
  [
    "takes a number of axes from values",
    SHAPES_ERROR,
    (tf) => (x) => ofUnknownRank(tf, x).sum(-1),
  ],
  [
    "passes on as many axes as values say",
    "what Reshape gives, whose number of axes depends on values",
    (tf) => {
      const sum = compile(tf, (x: Tensor) => x.sum(-1), { createsVariables: false });
      return (x) => sum(ofUnknownRank(tf, x));
    },
  ],
  [
    "takes the parity of a size from values",
    SHAPES_ERROR,
    (tf) => (x) => tf.unique(x.flatten()).values.size % 2 ? x.exp() : x.square(),
  ],
  [
    "takes a size from values",
    SHAPES_ERROR,
    (tf) => (x) => x.mul(tf.unique(x.flatten()).values.size),
  ],
  [
    "takes a size from values for an integer",
    SHAPES_ERROR,
    (tf) => (x) => x.mul(tf.scalar(tf.unique(x.flatten()).values.shape[0]!, "int32")),
  ],
  [
    "calls another compiled function each time",
    "two traces of the function differ in an op, a compiled function",
    (tf) => {
      let calls = 0;
      return (x) => {
        const added = calls++;
        return compile(tf, (x: Tensor) => x.add(added), { createsVariables: false })(x);
      };
    },
  ],
  [
    "takes shapes from values",
    SHAPES_ERROR,
    (tf) => (x) =>
      tf.ones((tf.backend() as unknown as { where(x: Tensor): Tensor }).where(x.greater(0)).shape),
  ],
];
for (const [name, message, fn] of REFUSED) {
  Deno.test(`a function that ${name} is refused`, async () => {
    const tf = await engine();
    const outside = tf.tensor1d([3, 4]), input = tf.tensor1d([1, 2]);
    const refused = fn(tf), compiled = compile(tf, (x: Tensor) => refused(x.add(outside)));
    assertThrows(() => compiled(input), Error, message);
    // No clone of it was kept: its data goes with it.
    const before = tf.memory().numDataBuffers;
    outside.dispose();
    assertEquals(tf.memory().numDataBuffers, before - 1);
    // What was under way is undone: eager ops run again.
    assertEquals(tf.scalar(1).add(1).dataSync()[0], 2);
  });
}

Deno.test("a tensor that had a variable's values keeps them", async () => {
  const tf = await engine();
  const initial = tf.tensor1d([1, 2]), weight = tf.variable(initial), anchor = weight.clone();
  const options = { createsVariables: false };
  const drift = compile(tf, () => weight.sub(anchor).abs().sum(), options);
  assertEquals(drift().dataSync()[0], 0);
  weight.assign(tf.tensor1d([5, 5]));
  assertEquals(drift().dataSync()[0], 7);
  // One that gives a variable what it has already does so later too.
  weight.assign(initial);
  const reset = compile(tf, () => {
    weight.assign(initial);
    return weight.sum();
  }, options);
  assertEquals(reset().dataSync()[0], 3);
  weight.assign(tf.tensor1d([5, 5]));
  reset();
  assertEquals([...weight.dataSync()], [1, 2]);
});

Deno.test("a tensor that was made on another backend is taken from outside too", async () => {
  const tf = await engine();
  await tf.setBackend("cpu");
  const two = tf.scalar(2);
  await tf.setBackend("tensorflow");
  const double = compile(tf, (x: Tensor) => x.mul(two), { createsVariables: false });
  assertEquals(double(tf.scalar(3)).dataSync()[0], 6);
  assertEquals(two.dataSync()[0], 2);
});

Deno.test("a variable that is given as an input is the value that it had", async () => {
  const tf = await engine(), total = tf.variable(tf.scalar(1));
  const grow = compile(tf, (x: Tensor) => {
    total.assign(total.add(1) as Scalar);
    return x.mul(10);
  });
  for (const value of [1, 2, 3]) assertEquals(grow(total).dataSync()[0], 10 * value);
  assertEquals(total.dataSync()[0], 4);
});

Deno.test("reading a variable is found out where its values have not left the host", async () => {
  const tf = await engine(), rate = tf.variable(tf.scalar(0.5));
  const scaled = compile(tf, (x: Tensor) => x.mul(rate.dataSync()[0]!), {
    createsVariables: false,
  });
  assertThrows(() => scaled(tf.scalar(2)), Error, "reads the values of a tensor from outside");
});

Deno.test("a function names a variable that was disposed since", async () => {
  const tf = await engine(), initial = tf.scalar(2);
  const taken = tf.variable(initial), assigned = tf.variable(initial);
  const step = compile(tf, (x: Tensor) => {
    assigned.assign(x as Scalar);
    return x.mul(taken);
  }, { createsVariables: false });
  assertEquals(step(tf.scalar(3)).dataSync()[0], 6);
  for (const variable of [assigned, taken]) {
    variable.dispose();
    assertThrows(() => step(tf.scalar(3)), Error, `${variable.name}, which it uses, is disposed`);
  }
  assertEquals(initial.dataSync()[0], 2);
});

Deno.test("a function that goes by an optimizer's count or sets its rate is refused", async () => {
  const tf = await engine(), weight = tf.variable(tf.scalar(1));
  const optimizer = tf.train.sgd(0.1);
  const minimize = () => optimizer.minimize(() => weight.square() as Scalar, true, [weight])!;
  const options = { createsVariables: false };
  const counts = compile(tf, () => minimize().mul(optimizer.iterations), options);
  assertThrows(() => counts(), Error, ", which Mul takes: it draws random numbers");
  const sets = compile(tf, () => {
    optimizer.setLearningRate(0.1 / (1 + optimizer.iterations));
    return minimize();
  }, options);
  minimize();
  assertThrows(() => sets(), Error, "sets a learning rate; set it before the call");
  assertEquals(optimizer.iterations, 1);
  minimize();
  assertAlmostEquals(weight.dataSync()[0]!, 0.8 ** 2, 1e-6);
});

Deno.test("after dispose() a function may create variables again", async () => {
  const tf = await engine(), weight = tf.variable(tf.scalar(1));
  let optimizer: TfjsOptimizer = tf.train.sgd(0.1);
  const step = compile(
    tf,
    (x: Tensor) => optimizer.minimize(() => weight.mul(x) as Scalar, true, [weight])!,
  );
  for (let i = 0; i < 2; i++) step(tf.scalar(1));
  optimizer = tf.train.momentum(0.1, 0.9);
  step.dispose();
  for (let i = 0; i < 2; i++) step(tf.scalar(1));
  // By momentum 0.1, then 0.1 * (1 + 0.9).
  assertAlmostEquals(weight.dataSync()[0]!, 1 - 0.2 - 0.1 - 0.19, 1e-6);
});

Deno.test("calls leave no tensors or handles behind, and dispose() frees the rest", async () => {
  const tf = await engine();
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  const before = [tf.memory().numTensors, binding.getNumOfTensors()];
  const offset = tf.tensor1d([1, 2]), total = tf.variable(tf.zeros([2]), false);
  const add = compile(tf, (x: Tensor) => {
    total.assign(total.add(x).add(offset) as typeof total);
    return total.sum();
  });
  for (let i = 0; i < 20; i++) tf.tidy(() => void add(tf.tensor1d([i, i])).dataSync());
  add.dispose();
  tf.dispose([offset, total]);
  // tf.zeros() made one more, of which the variable is a copy.
  assertEquals([tf.memory().numTensors - 1, binding.getNumOfTensors() - 1], before);
});

interface Case {
  name: string;
  model: (tf: TensorFlow) => LayersModel;
  optimizer: (tf: TensorFlow) => TfjsOptimizer;
  loss: (tf: TensorFlow, output: Tensor, target: Tensor) => Scalar;
  x: number[];
  y: { shape: number[]; classes?: number };
}

const CASES: Case[] = [
  {
    name: "a dense network with momentum and the mean squared error",
    model: (tf) =>
      tf.sequential({
        layers: [
          tf.layers.dense({ units: 8, inputShape: [4], activation: "tanh", ...seeded(tf) }),
          tf.layers.dense({ units: 1, ...seeded(tf) }),
        ],
      }),
    optimizer: (tf) => tf.train.momentum(0.05, 0.9),
    loss: (tf, output, target) => tf.losses.meanSquaredError(target, output) as Scalar,
    x: [16, 4],
    y: { shape: [16, 1] },
  },
  {
    name: "a convolutional network with RMSProp and the softmax cross-entropy",
    model: (tf) =>
      tf.sequential({
        layers: [
          tf.layers.conv2d({
            filters: 4,
            kernelSize: 3,
            inputShape: [8, 8, 2],
            activation: "elu",
            ...seeded(tf),
          }),
          tf.layers.averagePooling2d({ poolSize: 2 }),
          tf.layers.flatten(),
          tf.layers.dense({ units: 3, ...seeded(tf) }),
        ],
      }),
    optimizer: (tf) => tf.train.rmsprop(0.01),
    loss: (tf, output, target) => tf.losses.softmaxCrossEntropy(target, output) as Scalar,
    x: [6, 8, 8, 2],
    y: { shape: [6], classes: 3 },
  },
  {
    name: "a recurrent network with Adamax and the absolute difference",
    model: (tf) =>
      tf.sequential({
        layers: [
          tf.layers.simpleRNN({
            units: 5,
            inputShape: [4, 3],
            recurrentInitializer: tf.initializers.glorotUniform({ seed: 7 }),
            ...seeded(tf),
          }),
          tf.layers.dense({ units: 1, ...seeded(tf) }),
        ],
      }),
    optimizer: (tf) => tf.train.adamax(0.02),
    loss: (tf, output, target) => tf.losses.absoluteDifference(target, output) as Scalar,
    x: [8, 4, 3],
    y: { shape: [8, 1] },
  },
];

for (const { name, ...rest } of CASES) {
  Deno.test(`compiled and eager training agree over 20 steps: ${name}`, async () => {
    const tf = await engine();
    const [eager, compiled] = [trainingLosses(tf, rest, false), trainingLosses(tf, rest, true)];
    assertClose(compiled, eager);
    assertLess(eager.at(-1)!, eager[0]!);
  });
}

Deno.test(
  "compiled and eager training agree over 20 steps: the U-Net (on a CPU)",
  onCpu,
  async () => {
    const tf = await engine();
    const images = tf.randomUniform([2, 16, 32, 3], 0, 1, "float32", 1);
    const labels = tf.randomUniform([2, 16, 32], 0, 4, "int32", 2);
    const losses = [false, true].map((compiled) => {
      const model = unet(tf, 4, { width: 4, depth: 2, seed: 3 });
      const optimizer = tf.train.adam(1e-2);
      const step = (x: Tensor, y: Tensor) =>
        optimizer.minimize(() => {
          const logits = model.apply(x, { training: true }) as Parameters<
            typeof crossEntropy
          >[1]["logits"];
          return crossEntropy(tf, { logits, labels: y as typeof labels as never });
        }, true)!;
      const run = compiled ? compile(tf, step) : step;
      const losses = Array.from({ length: 20 }, () => run(images, labels).dataSync()[0]!);
      const averages = model.layers.find((layer) => layer.name === "d.0.1")!.getWeights()[2]!;
      const result = [...losses, ...averages.dataSync()];
      model.dispose();
      return result;
    });
    assertClose(losses[1]!, losses[0]!);
  },
);

Deno.test(
  "compiled and eager training agree over 20 steps: the step of the task (on a CPU)",
  onCpu,
  async () => {
    const tf = await engine();
    const batch = packBatch(tf, {
      frames: [],
      ...{ width: 64, height: 32 },
      images: Uint8Array.from({ length: 2 * 64 * 32 * 3 }, (_, i) => i * 7919 % 256),
      labels: Uint8Array.from({ length: 2 * 64 * 32 }, (_, i) => i % 97 === 0 ? 255 : i * 31 % 19),
    }, [0, 1]);
    const draws = tf.tensor2d([[0.5], [0.4]]);
    const losses = [false, true].map((compiled) => {
      const model = unet(tf, 19, { seed: 3 });
      const optimizer = new Optimizer(tf, parametersOf(model));
      const once = (
        ...[images, labels, draws_BD, factors]: [Tensor4D, Tensor3D, Tensor2D, Tensor1D]
      ) => {
        const unpacked = unpackBatch(tf, { images, labels });
        const mirrored = augment(tf, mirror(), { batch: unpacked, draws_BD });
        return trainStep(tf, { model, optimizer, batch: mirrored, factors }).loss as Tensor;
      };
      const step = compiled ? compile(tf, once, { createsVariables: false }) : once;
      const { images, labels } = batch;
      const losses = Array.from({ length: 20 }, () => {
        const factors = tf.tensor1d(optimizer.nextFactors(1e-3));
        return step(images, labels, draws, factors).dataSync()[0]!;
      });
      optimizer.dispose();
      model.dispose();
      return losses;
    });
    assertClose(losses[1]!, losses[0]!);
    assertLess(losses[0]!.at(-1)!, losses[0]![0]!);
  },
);

function seeded(tf: TensorFlow) {
  return { kernelInitializer: tf.initializers.glorotUniform({ seed: 5 }) };
}

function trainingLosses(tf: TensorFlow, one: Omit<Case, "name">, compiled: boolean): number[] {
  const model = one.model(tf), optimizer = one.optimizer(tf);
  const x = tf.randomUniform(one.x, -1, 1, "float32", 11);
  const { shape, classes } = one.y;
  const y = classes
    ? tf.oneHot(tf.randomUniform(shape, 0, classes, "int32", 12).toInt(), classes).toFloat()
    : tf.randomUniform(shape, -1, 1, "float32", 12);
  const step = (x: Tensor, y: Tensor) =>
    optimizer.minimize(() => one.loss(tf, model.apply(x, { training: true }) as Tensor, y), true)!;
  const run = compiled ? compile(tf, step) : step;
  const losses = Array.from({ length: 20 }, () => run(x, y).dataSync()[0]!);
  model.dispose();
  return losses;
}

function assertClose(actual: number[], expected: number[]): void {
  assertEquals(actual.length, expected.length);
  expected.forEach((value, i) => {
    assertLess(Math.abs(actual[i]! - value), 1e-4 * Math.max(1e-2, Math.abs(value)));
  });
}

for (const xla of [false, true]) {
  Deno.test(`what a compiled function${xla ? " by XLA" : ""} calls may be forgotten`, async () => {
    const tf = await engine();
    const filter = tf.randomNormal([3, 3, 16, 16], 0, 1, "float32", 1) as Tensor4D;
    const convolve = (x: Tensor) => tf.conv2d(x as Tensor4D, filter, 1, "same");
    const inner = compile(tf, convolve, { createsVariables: false, cacheSize: 1 });
    const outer = compile(tf, (x: Tensor) => inner(x).mul(2), { createsVariables: false, xla });
    const [x, small] = [16, 8].map((side) =>
      tf.randomNormal([1, side, side, 16], 0, 1, "float32", 2)
    );
    const expected = convolve(x!).mul(2).dataSync();
    const check = () =>
      outer(x!).dataSync().forEach((value, i) =>
        assertLess(Math.abs(value - expected[i]!), 1e-4 * Math.abs(expected[i]!) + 1e-4)
      );
    check();
    inner(small!); // Of one shape only it is kept.
    check();
    inner.dispose();
    check();
    outer.dispose();
  });
}

Deno.test("a function may call another with more shapes than that keeps, and frees them", async () => {
  const tf = await engine();
  const { functions } = nodeBackend(tf).binding.context, before = functions.size;
  const inner = compile(tf, (x: Tensor) => x.square(), { createsVariables: false, cacheSize: 1 });
  const outer = compile(tf, (x: Tensor) => {
    const parts = [1, 2, 3].map((length) => inner(x.slice(0, length)).sum());
    return tf.addN(parts);
  }, { createsVariables: false });
  for (let i = 0; i < 2; i++) assertEquals(outer(tf.tensor1d([1, 2, 3])).dataSync()[0], 1 + 5 + 14);
  inner.dispose();
  assertEquals(outer(tf.tensor1d([2, 2, 2])).dataSync()[0], 4 + 8 + 12);
  outer.dispose();
  assertEquals(functions.size, before);
});

for (const machineCode of [true, false]) {
  const means = machineCode ? "" : " without machine code";
  Deno.test(`a function may call one that takes a variable that it has assigned${means}`, async () => {
    const tf = await engine(), weight = tf.variable(tf.scalar(8));
    const options = { createsVariables: false };
    const halve = compile(tf, (x: Tensor) => {
      weight.assign(weight.mul(0.5));
      return x.mul(1);
    }, options);
    const scale = compile(tf, (x: Tensor) => x.mul(weight), options);
    const both = compile(tf, (x: Tensor) => {
      halve(x);
      return scale(x);
    }, { ...options, xla: !machineCode });
    for (const [size, value] of [[1, 4], [1, 2], [2, 1], [1, 0.5]] as const) {
      assertEquals(both(tf.ones([size])).dataSync()[0], value);
    }
    assertEquals(scale(tf.ones([2])).dataSync()[0], 0.5);
    assertEquals(weight.dataSync()[0], 0.5);
  });
}

/** Ways to end a process while a call is under way, and their exit codes. */
const ENDS: [code: number, end: string][] = [
  [7, "Deno.exit(7)"],
  [1, "throw new Error('thrown')"],
  [1, "Promise.reject(new Error('rejected'))"],
];

for (const [code, end] of ENDS) {
  Deno.test(`a process that ends while a call is under way ends properly: ${end}`, async () => {
    const result = await runModule(
      `
      import { compile, engine } from "./lib/mod.ts";
      const tf = await engine({ device: "cpu" }), x = tf.ones([1000, 1000]);
      const products = (x) => Array.from({ length: 40 }).reduce((y) => tf.matMul(y, x), x);
      const busy = compile(tf, products, { createsVariables: false });
      await busy.start(x).done;
      busy.start(x);
      const { done } = busy.start(x);
      done.then(() => console.log("over"));
      setTimeout(() => { ${end} }, 50);
    `,
      { flags: ["--no-check"] },
    );
    assertEquals([result.code, result.signal, result.stdout], [code, null, ""]);
  });
}

Deno.test("a gradient through a compiled function is refused, not lost", async () => {
  const tf = await engine();
  const weight = tf.variable(tf.scalar(3));
  const forward = compile(tf, (x: Tensor) => x.mul(weight).square().mean());
  const loss = () => forward(tf.ones([2])).add(weight.square()) as Scalar;
  for (let i = 0; i < 2; i++) {
    assertThrows(() => tf.variableGrads(loss), Error, "a gradient through a compiled function");
  }
  const gradient = compile(tf, () => tf.variableGrads(() => weight.square() as Scalar).grads);
  for (let i = 0; i < 2; i++) {
    assertEquals(gradient()[weight.name]!.dataSync()[0], 6);
  }
  [forward, gradient, weight].forEach((owner) => owner.dispose());
});

Deno.test("the mean of booleans and integers is compiled", async () => {
  const tf = await engine();
  const accuracy = compile(tf, (x: Tensor, y: Tensor) => x.argMax(-1).equal(y).mean());
  const logits = tf.tensor2d([[1, 2], [3, 1], [5, 4]]), truth = tf.tensor1d([1, 1, 0], "int32");
  for (let i = 0; i < 2; i++) {
    assertEquals(accuracy(logits, truth).dataSync()[0], Math.fround(2 / 3));
  }
  accuracy.dispose();
});

Deno.test("large constants that differ are found out, and equal ones are compiled", async () => {
  const tf = await engine();
  const [size, x] = [1000, tf.scalar(2)];
  const fixed = compile(tf, (x: Tensor) => x.mul(tf.range(0, size)).sum(), {
    createsVariables: false,
  });
  assertEquals(fixed(x).dataSync()[0], size * (size - 1));
  fixed.dispose();
  let first = 0;
  const drawn = compile(
    tf,
    (x: Tensor) => x.mul(tf.tensor1d(new Float32Array(size).fill(first++, size - 1))),
    { createsVariables: false },
  );
  assertThrows(() => drawn(x), Error, "two traces of the function differ");
  drawn.dispose();
});

Deno.test("as many calls may wait as one likes", async () => {
  const tf = await engine();
  const count = tf.variable(tf.scalar(0)), one = tf.scalar(1);
  const step = compile(tf, (x: Tensor) => {
    count.assign(count.add(x));
    return count.mul(2);
  }, { createsVariables: false });
  const calls = 10_000;
  const results = Array.from({ length: calls }, () => step.start(one).outputs as Tensor);
  assertEquals(count.dataSync()[0], calls);
  tf.dispose(results);
  [step, count].forEach((owner) => owner.dispose());
});
