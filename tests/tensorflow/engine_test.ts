import { assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import {
  compile,
  engine,
  engineInfo,
  rawOp,
  type RawOpOptions,
  type TensorFlow,
  TensorFlowError,
} from "../../lib/tensorflow/mod.ts";
import { runModule } from "../_program.ts";

const START = `import { engine } from "./lib/tensorflow/mod.ts"; const tf = await engine();`;

Deno.test("engine() computes on a TensorFlow of 2.16 or later", async () => {
  const tf = await engine();
  const product = tf.matMul(tf.tensor2d([[1, 2], [3, 4]]), tf.tensor2d([[5], [6]]));
  assertEquals(await product.array(), [[17], [39]]);
  assertMatch(engineInfo()!.version, /^2\.(1[6-9]|[2-9]\d)\./);
  assertEquals(engineInfo()!.devices[0]!.type, "CPU");
});

Deno.test("engine() is remembered", async () => {
  assertEquals(await engine() === await engine({ threads: 1 }), true);
});

Deno.test("a failing op throws TensorFlow's message and the op's name", async () => {
  const tf = await engine();
  const a = tf.zeros([1, 2]), b = tf.zeros([3, 4]);
  const error = assertThrows(
    () => rawOp(tf, { name: "MatMul", inputs: [a, b] }, { attributes: { T: { type: "FLOAT" } } }),
    TensorFlowError,
    "Matrix size-incompatible",
  );
  assertEquals(error.op, "MatMul");
  assertThrows(() => rawOp(tf, { name: "NoSuchOp", inputs: [] }), TensorFlowError, "NoSuchOp");
});

Deno.test("an op of another number of inputs or outputs is refused", async () => {
  const tf = await engine();
  const two = [tf.scalar(1), tf.scalar(2)], three = [...two, tf.scalar(3)];
  const attributes = { T: { type: "FLOAT" } } as const;
  const run = (name: string, inputs: Tensor[], options: RawOpOptions = {}) =>
    rawOp(tf, { name, inputs }, { attributes, ...options });
  const refused: [message: string, run: (tf: TensorFlow) => Tensor[]][] = [
    ["AddV2 of 1 inputs: expected 2", () => run("AddV2", two.slice(0, 1))],
    ["AddV2 of 3 inputs: expected 2", () => run("AddV2", three)],
    ["AddV2 for 0 outputs: expected 1", () => run("AddV2", two, { outputs: 0 })],
    ["AddV2 for 2 outputs: expected 1", () => run("AddV2", two, { outputs: 2 })],
    [
      "AddN of 3 inputs: expected 2",
      () => run("AddN", three, { attributes: { ...attributes, N: { int: 2 } } }),
    ],
    ["ConcatV2 of 0 inputs: expected at least 1", () => run("ConcatV2", [])],
  ];
  for (const [message, work] of refused) {
    assertThrows(() => work(tf), RangeError, message);
    const compiled = compile(tf, () => work(tf), { createsVariables: false });
    assertThrows(() => compiled(), RangeError, message);
  }
  const parts = run("Split", [tf.scalar(0, "int32"), tf.tensor1d([1, 2])], {
    attributes: { ...attributes, num_split: { int: 2 } },
    outputs: 2,
  });
  assertEquals(parts.map((part) => part.dataSync()[0]), [1, 2]);
});

Deno.test("an allocation that cannot be met says to lower the batch", async () => {
  const tf = await engine();
  // Thousands of TiB, more than a process can address.
  const shape = tf.tensor1d([2 ** 26, 2 ** 26], "int32");
  assertThrows(
    () =>
      rawOp(tf, { name: "Fill", inputs: [shape, tf.scalar(0)] }, {
        attributes: { T: { type: "FLOAT" }, index_type: { type: "INT32" } },
      }),
    TensorFlowError,
    "smaller batch",
  );
});

Deno.test("strings survive in tensors, long and empty ones too", async () => {
  const tf = await engine();
  const values = ["", "a", "longer than the 22 bytes that fit into a small string", "ünï"];
  const strings = tf.tensor1d(values, "string");
  assertEquals(strings.dataSync<"string">(), values as unknown as string[]);
  const reshaped = strings.reshape([2, 2]);
  strings.dispose();
  assertEquals(reshaped.dataSync<"string">() as unknown, values);
});

Deno.test("images are decoded and encoded", async () => {
  const tf = await engine();
  const pixels = tf.tensor3d([255, 0, 0, 0, 255, 0], [1, 2, 3], "int32");
  const decoded = tf.node.decodePng(await tf.node.encodePng(pixels));
  assertEquals([...decoded.dataSync()], [255, 0, 0, 0, 255, 0]);
});

Deno.test("layers learn with model.fit, and are saved to and loaded from file://", async () => {
  const tf = await engine();
  const model = tf.sequential({ layers: [tf.layers.dense({ units: 1, inputShape: [1] })] });
  model.compile({ optimizer: tf.train.sgd(0.1), loss: "meanSquaredError" });
  const x = tf.tensor2d([[0], [1], [2]]), y = tf.tensor2d([[1], [3], [5]]);
  await model.fit(x, y, { epochs: 200, verbose: 0 });
  const folder = await Deno.makeTempDir();
  try {
    await model.save(`file://${folder}`);
    const loaded = await tf.loadLayersModel(`file://${folder}/model.json`);
    const [prediction] = await (loaded.predict(tf.tensor2d([[3]])) as typeof x).data();
    assertEquals(Math.abs(prediction! - 7) < 0.05, true, `2 x + 1 at 3 is 7, not ${prediction}`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("disposing tensors gives their handles back", async () => {
  const tf = await engine();
  const { binding } = tf.backend() as unknown as { binding: { getNumOfTensors(): number } };
  const before = { tensors: tf.memory().numTensors, handles: binding.getNumOfTensors() };
  tf.tidy(() => void tf.ones([4, 4]).matMul(tf.ones([4, 4])).sum().dataSync());
  const after = { tensors: tf.memory().numTensors, handles: binding.getNumOfTensors() };
  assertEquals(after, before);
});

const ENDINGS: [name: string, text: string, code: number][] = [
  ["returns", "tf.add(1, 2).dataSync();", 0],
  ["calls Deno.exit(3)", "tf.add(1, 2).dataSync(); Deno.exit(3);", 3],
  ["throws", "tf.add(1, 2); throw new Error('on purpose');", 1],
  ["rejects", "tf.add(1, 2); await Promise.reject(new Error('on purpose'));", 1],
];
for (const [name, text, code] of ENDINGS) {
  Deno.test(`a process that used the engine and ${name} exits with ${code}`, async () => {
    const result = await runModule(`${START} ${text}`);
    assertEquals({ code: result.code, signal: result.signal }, { code, signal: null });
  });
}

Deno.test("TensorFlow's own log lines are not seen unless they are asked for", async () => {
  const quiet = await runModule(`${START} tf.ones([2]).sum().dataSync();`);
  assertEquals(quiet.stderr, "");
  const loud = await runModule(`${START} tf.ones([2]).sum().dataSync();`, {
    env: { TF_CPP_MIN_LOG_LEVEL: "0" },
  });
  assertStringIncludes(loud.stderr, "cpu_feature_guard");
});

Deno.test("a GPU that is asked for and is not there is an error", {
  ignore: await hasGpu(),
}, async () => {
  const { code, stderr } = await runModule(
    `import { engine } from "./lib/tensorflow/mod.ts"; await engine({ device: "gpu" });`,
  );
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot compute on a GPU: nvidia-smi finds none");
});

Deno.test("numbers of threads and devices that there cannot be are refused", async () => {
  const options = [0, -1, 1.5].map((threads) => [{ threads }, `1 thread or more, got ${threads}`]);
  for (const [given, error] of [...options, [{ device: "tpu" }, "auto, cpu, gpu, got tpu"]]) {
    const { code, stderr } = await runModule(
      `import { engine } from "./lib/tensorflow/mod.ts";
       await engine(JSON.parse('${JSON.stringify(given)}'));`,
    );
    assertEquals(code, 1);
    assertStringIncludes(stderr, `${error}`);
  }
});

async function hasGpu(): Promise<boolean> {
  const { hasNvidiaGpu } = await import("../../lib/tensorflow/mod.ts");
  return await hasNvidiaGpu();
}
