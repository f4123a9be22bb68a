import { assert, assertEquals, assertLess, assertRejects, assertStringIncludes } from "@std/assert";
import type { LayersModel, Tensor, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decodeSafetensors,
  encodeSafetensors,
  engine,
  fit,
  loadCheckpoint,
  Optimizer,
  type OptimizerName,
  type PackedFrames,
  parametersOf,
  passthrough,
  saveCheckpoint,
  type TensorFlow,
  unet,
} from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

const TORCH = fileURLToPath(new URL("../golden/unet_small.safetensors", import.meta.url));
const STATE = { step: 5, epoch: 3, seconds: 1.25, seed: 42 };

/** A model and its optimizer, as a training has them. */
interface Trained {
  model: LayersModel;
  optimizer: Optimizer;
}

/** Works in a folder that is there for the time of the test, with models that are disposed then. */
async function withModels(
  work: (
    tf: TensorFlow,
    at: (name: string) => string,
    make: (seed: number, options?: { width?: number; name?: OptimizerName }) => Trained,
  ) => Promise<void>,
): Promise<void> {
  const tf = await engine();
  const folder = await Deno.makeTempDir();
  const made: Trained[] = [];
  try {
    await work(tf, (name) => join(folder, name), (seed, { width = 2, name = "adam" } = {}) => {
      const model = unet(tf, 3, { width, depth: 1, seed });
      const optimizer = new Optimizer(tf, parametersOf(model), { name });
      made.push({ model, optimizer });
      return made.at(-1)!;
    });
  } finally {
    for (const { model, optimizer } of made) [optimizer, model].forEach((owner) => owner.dispose());
    await Deno.remove(folder, { recursive: true });
  }
}

/** Trains for five steps, so that weights, running statistics and optimizer are like no others. */
async function train(tf: TensorFlow, trained: Trained): Promise<void> {
  const frames = Array.from({ length: 5 }, (_, i) => ({ id: `${i}`, image: "" }));
  const bytes = (count: number, end: number) =>
    Uint8Array.from({ length: count }, (_, i) => (i * 7919 % 251) % end);
  const images = bytes(5 * 8 * 8 * 3, 251), labels = bytes(5 * 8 * 8, 3);
  const packed: PackedFrames = { frames, width: 8, height: 8, images, labels };
  await fit(tf, { ...trained, packed }, { budget: { epochs: 1 }, batch: 1 });
}

/** All that a checkpoint keeps, bit by bit. */
function bitsOf({ model, optimizer }: Trained): Record<string, Uint32Array> {
  const variables: { name: string; variable: { clone(): Tensor } }[] = [
    ...parametersOf(model),
    ...optimizer.state(),
  ];
  return Object.fromEntries(variables.map(({ name, variable }) => {
    const values = variable.clone().dataSync<"float32">().slice();
    return [name, new Uint32Array(values.buffer)];
  }));
}

for (const name of ["adam", "sgd"] as const) {
  Deno.test(`a checkpoint keeps model, ${name} and state to the last bit`, () =>
    withModels(async (tf, at, make) => {
      const saved = make(1, { name }), loaded = make(2, { name });
      await train(tf, saved);
      await saveCheckpoint(at("last.safetensors"), { ...saved, state: STATE });
      const before = tf.memory().numTensors;
      const state = await loadCheckpoint(tf, at("last.safetensors"), loaded);
      assertEquals(tf.memory().numTensors, before);
      assertEquals(state, STATE);
      assertEquals(loaded.optimizer.steps, STATE.step);
      assertEquals(bitsOf(loaded), bitsOf(saved));
    }));
}

Deno.test("a model alone is loaded from a checkpoint with an optimizer's state", () =>
  withModels(async (tf, at, make) => {
    const saved = make(1), { model } = make(2);
    await saveCheckpoint(at("last.safetensors"), { ...saved, state: STATE });
    assertEquals(await loadCheckpoint(tf, at("last.safetensors"), { model }), STATE);
  }));

interface TorchCase {
  classes: number;
  width: number;
  depth: number;
  shape: [number, number, number, number];
  images: number[];
  logits: number[];
}

Deno.test("a U-Net's weights from PyTorch give PyTorch's logits", async () => {
  const tf = await engine();
  const { classes, shape, images, logits, ...options } = golden<TorchCase>("unet_small");
  const model = unet(tf, classes, options);
  const state = await loadCheckpoint(tf, TORCH, { model });
  assertEquals(state, { step: 0, epoch: 1, seconds: 0, seed: 0 });
  const actual = tf.tidy(() =>
    (model.apply(tf.tensor4d(images, shape), { training: false }) as Tensor4D).dataSync()
  );
  assertEquals(actual.length, logits.length);
  logits.forEach((logit, i) => assertLess(Math.abs(actual[i]! - logit), 1e-4));
  model.dispose();
});

Deno.test("what saveCheckpoint() writes has PyTorch's names, shapes, types and values", () =>
  withModels(async (tf, at, make) => {
    const { model } = make(1);
    await loadCheckpoint(tf, TORCH, { model });
    await saveCheckpoint(at("best.safetensors"), { model, state: { ...STATE, step: 7 } });
    const read = async (path: string) => decodeSafetensors(await Deno.readFile(path));
    const [expected, actual] = [await read(TORCH), await read(at("best.safetensors"))];
    const sorted = (tensors: typeof expected.tensors) =>
      [...tensors].sort(([a], [b]) => a < b ? -1 : 1);
    assertEquals(sorted(actual.tensors), sorted(expected.tensors));
    const counts = sorted(actual.tensors).filter(([name]) => name.endsWith("num_batches_tracked"));
    assertEquals(counts.length, 6);
    for (const [, { data, shape }] of counts) {
      assert(data instanceof BigInt64Array);
      assertEquals([[...data], shape], [[7n], []]);
    }
    assertEquals(actual.metadata.format, "pt");
  }));

/** Files that are no checkpoints of the model: what is saved, and what the error says. */
const UNFIT: Record<string, [save: (path: string) => Promise<void>, message: string]> = {
  "cut short": [
    async (path) => {
      const bytes = await Deno.readFile(TORCH);
      await Deno.writeFile(path, bytes.subarray(0, bytes.length - 9));
    },
    "it is cut short",
  ],
  "cut short in its header": [
    async (path) => await Deno.writeFile(path, (await Deno.readFile(TORCH)).subarray(0, 100)),
    "it is cut short",
  ],
  "empty": [(path) => Deno.writeTextFile(path, ""), "it is cut short or no safetensors file"],
  "a text": [(path) => Deno.writeTextFile(path, "weights of a model"), "no safetensors file"],
  "of a wider U-Net": [
    (path) => saveFresh(path, (tf) => unet(tf, 3, { width: 4, depth: 1 })),
    "it is of another model: d.0.0.weight is [4, 3, 3, 3], expected [2, 3, 3, 3]",
  ],
  "of a deeper U-Net": [
    (path) => saveFresh(path, (tf) => unet(tf, 3, { width: 2, depth: 2 })),
    "it is of another model, which has d.1.0.weight",
  ],
  "of a Passthrough": [
    (path) => saveFresh(path, (tf) => passthrough(tf, 3)),
    "it is of another model: d.0.0.weight is missing",
  ],
  "of other classes": [
    (path) => saveFresh(path, (tf) => unet(tf, 5, { width: 2, depth: 1 })),
    "it is of another model: out.weight is [5, 2, 1, 1], expected [3, 2, 1, 1]",
  ],
  "of a tensor that is not what its shape says": [
    (path) => retype(path, "mid.0.weight"),
    "its tensor mid.0.weight has 288 bytes, not [4, 2, 3, 3] values",
  ],
  "of whole numbers": [
    async (path) => {
      const { tensors, metadata } = decodeSafetensors(await Deno.readFile(TORCH));
      tensors.set("out.bias", { data: new BigInt64Array(3), shape: [3] });
      await Deno.writeFile(path, encodeSafetensors({ tensors, metadata }));
    },
    "it is of another model: out.bias is int64 [3], expected [3]",
  ],
  "of PyTorch's own format": [
    (path) => Deno.writeFile(path, Uint8Array.fromHex("504b030400000808")),
    "it is in PyTorch's own format, expected safetensors",
  ],
  "of PyTorch's old format": [
    (path) => Deno.writeFile(path, Uint8Array.fromHex("80028a0a6cfc9c46f9206aa8")),
    "it is in PyTorch's own format, expected safetensors",
  ],
  "absent": [() => Promise.resolve(), "there is no such file"],
};

/** Says in the header that a tensor's numbers are of another type. */
async function retype(path: string, name: string): Promise<void> {
  const text = new TextDecoder("latin1").decode(await Deno.readFile(TORCH));
  const changed = text.replace(`"${name}":{"dtype":"F32"`, `"${name}":{"dtype":"I64"`);
  await Deno.writeFile(path, Uint8Array.from(changed, (letter) => letter.charCodeAt(0)));
}

async function saveFresh(path: string, make: (tf: TensorFlow) => LayersModel): Promise<void> {
  const model = make(await engine());
  await saveCheckpoint(path, { model, state: STATE });
  model.dispose();
}

for (const [kind, [save, message]] of Object.entries(UNFIT)) {
  Deno.test(`a checkpoint that is ${kind} is an error and changes nothing`, () =>
    withModels(async (tf, at, make) => {
      const path = at("last.safetensors");
      await save(path);
      const trained = make(1);
      await train(tf, trained);
      const before = bitsOf(trained);
      const error = await assertRejects(() => loadCheckpoint(tf, path, { model: trained.model }));
      assertStringIncludes(error.message, `Cannot load ${path}: `);
      assertStringIncludes(error.message, message);
      assertEquals(bitsOf(trained), before);
    }));
}

Deno.test("an optimizer's state that is absent, cut short or of another kind changes nothing", () =>
  withModels(async (tf, at, make) => {
    const path = at("last.safetensors"), besides = at("last.optimizer-5.safetensors");
    await saveCheckpoint(path, { ...make(1), state: STATE });
    const bytes = await Deno.readFile(besides);
    const adam = make(2), sgd = make(3, { name: "sgd" });
    const refuses = async (trained: Trained, expected: string) => {
      const before = bitsOf(trained);
      const { message } = await assertRejects(() => loadCheckpoint(tf, path, trained));
      assertStringIncludes(message, expected);
      assertEquals([bitsOf(trained), trained.optimizer.steps], [before, 0]);
    };
    await refuses(sgd, `Cannot load ${besides}: it is of another model`);
    await Deno.writeFile(besides, bytes.subarray(0, bytes.length - 1));
    await refuses(adam, `Cannot load ${besides}: it is cut short`);
    await Deno.remove(besides);
    await refuses(adam, `Cannot load ${besides}: there is no such file`);
    await saveCheckpoint(path, { model: adam.model, state: STATE });
    await refuses(adam, `Cannot go on from ${path}: it has no optimizer's state`);
  }));

Deno.test("a crash between an optimizer's file and the weights' leaves the checkpoint before", () =>
  withModels(async (tf, at, make) => {
    const path = at("last.safetensors");
    const saved = make(1), loaded = make(2);
    await train(tf, saved);
    await saveCheckpoint(path, { ...saved, state: STATE });
    // What a crash leaves: the next state of the optimizer, whole or half under its other name.
    await Deno.writeTextFile(at("last.optimizer-6.safetensors"), "the next state");
    await Deno.writeTextFile(at(".last.safetensors.123.tmp"), "half of the weights");
    assertEquals(await loadCheckpoint(tf, path, loaded), STATE);
    assertEquals(bitsOf(loaded), bitsOf(saved));
    // The next checkpoint takes both away.
    await saveCheckpoint(path, { ...saved, state: { ...STATE, step: 7 } });
    const names = [...Deno.readDirSync(at("."))].map(({ name }) => name).sort();
    assertEquals(names, ["last.optimizer-7.safetensors", "last.safetensors"]);
  }));

Deno.test("saving one checkpoint leaves the others' files alone", () =>
  withModels(async (_, at, make) => {
    const trained = make(1);
    await saveCheckpoint(at("last.safetensors"), { ...trained, state: STATE });
    await saveCheckpoint(at("best.safetensors"), { model: trained.model, state: STATE });
    const names = [...Deno.readDirSync(at("."))].map(({ name }) => name).sort();
    const expected = ["best.safetensors", "last.optimizer-5.safetensors", "last.safetensors"];
    assertEquals(names, expected);
  }));

Deno.test("a checkpoint that cannot be written leaves the one before", () =>
  withModels(async (tf, at, make) => {
    const path = at("last.safetensors");
    const trained = make(1);
    await saveCheckpoint(path, { ...trained, state: STATE });
    const before = await Deno.readFile(path);
    await Deno.mkdir(at("last.optimizer-6.safetensors")); // Nothing can be renamed to it.
    const saving = { ...trained, state: { ...STATE, step: 6 } };
    await assertRejects(() => saveCheckpoint(path, saving));
    assertEquals(await Deno.readFile(path), before);
    assertEquals(await loadCheckpoint(tf, path, trained), STATE);
  }));

Deno.test("a checkpoint of a step that there cannot be is refused, and nothing is written", () =>
  withModels(async (_, at, make) => {
    const state = { ...STATE, step: 1.5 };
    const save = () => saveCheckpoint(at("last.safetensors"), { ...make(1), state });
    await assertRejects(save, RangeError, "as a step, got 1.5");
    assertEquals([...Deno.readDirSync(at("."))], []);
  }));

Deno.test("a checkpoint whose header's length begins with the bytes of a zip is none", () =>
  withModels(async (tf, at, make) => {
    const { tensors } = decodeSafetensors(await Deno.readFile(TORCH));
    const encode = (note: string) => encodeSafetensors({ tensors, metadata: { note } });
    const length = new DataView(encode("").buffer).getUint32(0, true);
    const bytes = encode("x".repeat(0x4b50 - length));
    assertEquals(new TextDecoder().decode(bytes.subarray(0, 2)), "PK");
    await Deno.writeFile(at("last.safetensors"), bytes);
    await loadCheckpoint(tf, at("last.safetensors"), { model: make(1).model });
  }));
