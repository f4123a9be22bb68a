import { assert, assertEquals, assertGreater, assertStringIncludes } from "@std/assert";
import {
  CITYSCAPES,
  drawScene,
  engine,
  loadCheckpoint,
  type Loss,
  Optimizer,
  parametersOf,
  passthrough,
  PreparedFrames,
  Trainer,
  trainIdsOf,
} from "../../lib/mod.ts";
import { concatBytes } from "../../lib/system/mod.ts";

const tf = await engine();
const SIZE = { width: 32, height: 16 };

function framesOf(count: number, split: string): PreparedFrames {
  const scenes = Array.from({ length: count }, (_, seed) => drawScene(seed, SIZE));
  const trainIds = scenes.map(({ labelIds: ids }, i) =>
    trainIdsOf({ ids, ...SIZE }, CITYSCAPES, `scene ${i}`)
  );
  return new PreparedFrames({
    ...SIZE,
    frames: scenes.map((_, i) => ({ id: `scene_${i}`, image: `${i}.png` })),
    images: concatBytes(scenes.map(({ image }) => image)),
    labels: concatBytes(trainIds),
  }, { split, space: CITYSCAPES });
}

const train = framesOf(8, "train"), val = framesOf(3, "val");

/** What is printed meanwhile. */
async function printed(work: () => Promise<void>): Promise<string> {
  const { log, error } = console;
  const lines: string[] = [];
  console.log = (...parts) => lines.push(parts.join(" "));
  try {
    await work();
  } finally {
    Object.assign(console, { log, error });
  }
  return lines.join("\n");
}

Deno.test("Trainer.fit() trains, validates after each epoch, and goes on", async () => {
  const model = passthrough(tf, 19);
  const optimizer = new Optimizer(tf, parametersOf(model));
  using trainer = new Trainer(tf, { model, train, val, optimizer });
  await trainer.fit({ epochs: 2, rate: 0.01 });
  assertEquals(trainer.history.train.length, 4);
  assertEquals(trainer.history.val.map(({ epoch }) => epoch), [1, 2]);
  await trainer.fit({ epochs: 10, rate: 0.01 });
  assertEquals(
    trainer.history.train.map(({ step }) => step),
    [...Array(20).keys()].map((i) => i + 1),
  );
  const [first] = trainer.history.train;
  assertGreater(first!.loss!, trainer.history.train.at(-1)!.loss!);
  optimizer.dispose();
  model.dispose();
});

Deno.test("Trainer says what is missing, and can be used untrained", async () => {
  const model = passthrough(tf, 19);
  const optimizer = new Optimizer(tf, parametersOf(model));
  const stub = (() => {}) as unknown as Loss;
  for (
    const [parts, missing] of [
      [{ optimizer: undefined }, "exercise 3"],
      [{ optimizer, loss: stub }, "exercise 4"],
    ] as const
  ) {
    using trainer = new Trainer(tf, { model, train, val, ...parts });
    assertStringIncludes(await printed(() => trainer.fit({ epochs: 1 })), missing);
    assertEquals(trainer.history.train.length, 0);
    const [predicted] = await trainer.predict([val.sample(0)]);
    assertEquals(predicted!.length, SIZE.width * SIZE.height);
    const matrix = await trainer.evaluate();
    const valid = val.labels.filter((label) => label !== 255).length;
    assertEquals(matrix.counts.reduce((sum, count) => sum + count, 0), valid);
  }
  optimizer.dispose();
  model.dispose();
});

Deno.test("Trainer.save() writes weights that another model takes", async () => {
  const folder = await Deno.makeTempDir();
  const models = [passthrough(tf, 19, { seed: 1 }), passthrough(tf, 19, { seed: 2 })] as const;
  const [saved, other] = models.map((model) =>
    new Trainer(tf, { model, train, val, optimizer: undefined })
  ) as [Trainer, Trainer];
  try {
    const path = `${folder}/new/model.safetensors`;
    await saved.save(path);
    const samples = val.samples();
    const before = await other.predict(samples);
    await loadCheckpoint(tf, path, { model: models[1] });
    const after = await other.predict(samples);
    assertEquals(after, await saved.predict(samples));
    assert(JSON.stringify(after) !== JSON.stringify(before));
  } finally {
    await Deno.remove(folder, { recursive: true });
    for (const trainer of [saved, other]) trainer[Symbol.dispose]();
    models.forEach((model) => model.dispose());
  }
});
