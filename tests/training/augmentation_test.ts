import { assertEquals, assertLess, assertThrows } from "@std/assert";
import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import {
  augment,
  type Augmentation,
  AUGMENTATIONS,
  type Batch,
  compile,
  engine,
  inTurn,
  mirror,
  namedAugmentations,
  recolor,
  zoom,
} from "../../lib/mod.ts";
import { placedBatch, placesAfter } from "./_placed_batch.ts";

const STUB: Augmentation = { draws: 1, apply: () => {} };

for (const augmentation of [STUB, mirror(), zoom(), recolor(), inTurn(), inTurn(STUB, zoom())]) {
  Deno.test(`augment() leaves its input and two tensors: ${augmentation.draws} draws`, async () => {
    const tf = await engine();
    const batch = placedBatch(tf, 2);
    const draws_BD = tf.randomUniform([2, augmentation.draws], 0, 1, "float32", 1) as Tensor2D;
    const before = tf.memory().numTensors;
    const changed = augment(tf, augmentation, { batch, draws_BD });
    assertEquals(tf.memory().numTensors, before + 2);
    tf.dispose(changed);
    assertEquals(tf.memory().numTensors, before);
    batch.images.dataSync(); // It is still there.
    tf.dispose([batch, draws_BD]);
  });
}

Deno.test("an augmentation that gives nothing leaves the batch as it is", async () => {
  const tf = await engine();
  for (const { x, y, from, labelFrom } of placesAfter(tf, STUB, [[0], [0.9]])) {
    assertEquals(labelFrom, { x, y });
    assertLess(Math.hypot(from.x - x, from.y - y), 1e-5);
  }
});

Deno.test("compiled augmentation is eager augmentation", async () => {
  const tf = await engine();
  const all = namedAugmentations(AUGMENTATIONS);
  const apply = (images: Tensor4D, labels: Tensor3D, draws_BD: Tensor2D) =>
    augment(tf, all, { batch: { images, labels }, draws_BD });
  const compiled = compile(tf, apply, { createsVariables: false });
  const { images, labels } = placedBatch(tf, 8);
  for (const seed of [1, 2]) {
    const draws = tf.randomUniform([8, all.draws], 0, 1, "float32", seed) as Tensor2D;
    const [a, b] = [apply(images, labels, draws), compiled(images, labels, draws)];
    assertEquals(a.labels.dataSync(), b.labels.dataSync());
    assertLess(tf.max(a.images.sub(b.images).abs()).dataSync()[0]!, 1e-5);
    tf.dispose([draws, a, b]);
  }
  tf.dispose([images, labels]);
  compiled.dispose();
});

Deno.test("what an augmentation gives wrongly is named", async () => {
  const message = async (change: (batch: Batch) => unknown) => {
    const tf = await engine();
    const wrong: Augmentation = { draws: 0, apply: (_tf, batch) => change(batch) as Batch };
    const input = { batch: placedBatch(tf, 2), draws_BD: tf.zeros([2, 0]) as Tensor2D };
    const before = tf.memory().numTensors;
    const { message } = assertThrows(() => augment(tf, wrong, input), TypeError);
    assertEquals(tf.memory().numTensors, before);
    tf.dispose([input.batch, input.draws_BD]);
    return message.replace("Cannot augment: expected ", "").replace("from the augmentation, ", "");
  };
  assertEquals(
    await message(({ images, labels }) => ({ images: images.slice([0, 1]), labels })),
    "images float32 [2, 10, 20, 3] got float32 [2, 9, 20, 3]",
  );
  assertEquals(
    await message(({ images, labels }) => ({ images, labels: labels.cast("float32") })),
    "labels int32 [2, 10, 20] got float32 [2, 10, 20]",
  );
  assertEquals(
    await message(({ images }) => ({ images })),
    "labels int32 [2, 10, 20] got nothing",
  );
});

Deno.test("inTurn() gives each augmentation its own draws, in turn", async () => {
  const tf = await engine();
  const seen: number[][] = [];
  const spy = (draws: number): Augmentation => ({
    draws,
    apply(_tf, { images, labels }, draws_BD: Tensor) {
      seen.push([...draws_BD.dataSync()].map((draw) => Math.round(draw * 10)));
      return { images: images.add(1), labels };
    },
  });
  const all = inTurn(spy(1), spy(0), STUB, inTurn(spy(2), spy(1)));
  assertEquals(all.draws, 5);
  const draws_BD = tf.tensor2d([[0.1, 0.2, 0.3, 0.4, 0.5], [0.6, 0.7, 0.8, 0.9, 0]]);
  const batch = placedBatch(tf, 2);
  const { images, labels } = augment(tf, all, { batch, draws_BD });
  assertEquals(seen, [[1, 6], [], [3, 4, 8, 9], [5, 0]]);
  assertLess(tf.max(images.sub(batch.images).sub(4).abs()).dataSync()[0]!, 1e-5);
  tf.dispose([batch, { images, labels }, draws_BD]);
});

Deno.test("namedAugmentations() takes the names in their order", async () => {
  const tf = await engine();
  assertEquals(namedAugmentations([]).draws, 0);
  // Zoomed into the left half, then mirrored.
  const both = namedAugmentations(["zoom", "mirror"]);
  const [first] = placesAfter(tf, both, [[0.999999, 0, 0, 0]]);
  assertEquals(first!.labelFrom, { x: 10, y: 0 });
});
