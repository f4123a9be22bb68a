import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Augmentation,
  checkAugmentation,
  engine,
  inTurn,
  mirror,
  recolor,
  zoom,
} from "../../lib/mod.ts";

const tf = await engine();

const RIGHT = { mirror: mirror(), zoom: zoom(), recolor: recolor() };
for (const [name, augmentation] of Object.entries(RIGHT)) {
  Deno.test(`checkAugmentation() passes ${name}`, async () => {
    const check = await checkAugmentation(tf, augmentation);
    assert(check.isRight, check.toString());
  });
}

Deno.test("checkAugmentation() passes all of them in turn, and leaves no tensors", async () => {
  const all = inTurn(...Object.values(RIGHT));
  await checkAugmentation(tf, all);
  const { numTensors } = tf.memory();
  const check = await checkAugmentation(tf, all);
  assert(check.isRight, check.toString());
  assertEquals(tf.memory().numTensors, numTensors);
});

Deno.test("checkAugmentation() says of a stub that it is still to be done", async () => {
  const check = await checkAugmentation(tf, { draws: 1, apply() {} });
  assert(!check.isDone);
});

const WRONG: Record<string, [Augmentation["apply"], string]> = {
  "mirrors images only": [
    (_, { images, labels }) => ({ images: images.reverse(2), labels }),
    "✗ labels follow their images",
  ],
  "turns labels upside down": [
    (_, { images, labels }) => ({ images, labels: labels.reverse(1) }),
    "✗ labels follow their images",
  ],
  "changes nothing": [(_, batch) => batch, "✗ frames do change"],
  "leaves 0..1": [
    (_, { images, labels }) => ({ images: images.mul(2), labels }),
    "✗ images stay in 0..1",
  ],
  "makes other labels": [
    (_, { images, labels }) => ({ images, labels: labels.mul(3).toInt() }),
    "✗ labels stay classes",
  ],
  "mirrors every frame": [
    (_, { images, labels }) => ({ images: images.reverse(2), labels: labels.reverse(2) }),
    "✗ not all frames change alike",
  ],
  "makes all labels one class": [
    (_, { images, labels }) => ({ images, labels: labels.zerosLike() }),
    "✗ labels follow their images",
  ],
  "makes all labels void": [
    (tf, { images, labels }) => ({ images, labels: tf.fill(labels.shape, 255, "int32") }),
    "✗ labels stay classes",
  ],
  "forgets the labels": [
    (_, { images }) => ({ images }) as never,
    "✗ shapes and dtypes are kept: Cannot augment: expected labels int32",
  ],
  "changes the shape": [
    (_, { images, labels }) => ({ images: images.mean(3), labels }),
    "✗ shapes and dtypes are kept",
  ],
};

for (const [mistake, [apply, line]] of Object.entries(WRONG)) {
  Deno.test(`checkAugmentation() tells of one that ${mistake}`, async () => {
    const check = await checkAugmentation(tf, { draws: 1, apply });
    assertEquals(check.isRight, false);
    assertStringIncludes(check.toString(), line);
  });
}
