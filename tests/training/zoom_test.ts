import { assert, assertAlmostEquals, assertEquals, assertLess, assertThrows } from "@std/assert";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { augment, engine, zoom } from "../../lib/mod.ts";
import { Random } from "../../lib/system/mod.ts";
import { HEIGHT, placesAfter, WIDTH } from "./_placed_batch.ts";

const LAST_DRAW = 1 - 2 ** -24;

function drawn(count: number): number[][] {
  const random = new Random(3);
  const extremes = [0, 0.5, LAST_DRAW].flatMap((a) =>
    [0, LAST_DRAW].flatMap((b) => [0, LAST_DRAW].map((c) => [a, b, c]))
  );
  const others = Array.from(
    { length: count },
    () => [random.uniform(), random.uniform(), random.uniform()],
  );
  return [...extremes, ...others];
}

Deno.test("zoom() takes the label of the pixel that is nearest to where the colour is from", async () => {
  const tf = await engine();
  const drifts = { x: 0, y: 0 };
  const places = placesAfter(tf, zoom({ most: 3 }), drawn(50));
  for (const { from, labelFrom } of places) {
    assertLess(Math.abs(from.x - labelFrom.x), 0.5 + 1e-3);
    assertLess(Math.abs(from.y - labelFrom.y), 0.5 + 1e-3);
    drifts.x += (from.x - labelFrom.x) / places.length;
    drifts.y += (from.y - labelFrom.y) / places.length;
  }
  // Nor do all drift to one side.
  assertLess(Math.abs(drifts.x), 0.02);
  assertLess(Math.abs(drifts.y), 0.02);
});

Deno.test("zoom() shows a part of the frame, as much smaller as the draw says", async () => {
  const tf = await engine();
  const draws = drawn(20);
  const places = placesAfter(tf, zoom({ least: 1.5, most: 4 }), draws);
  for (const [frame, [draw]] of draws.entries()) {
    const pixels = places.slice(frame * HEIGHT * WIDTH, (frame + 1) * HEIGHT * WIDTH);
    const [first, last] = [pixels[0]!.from, pixels.at(-1)!.from];
    const share = 1 / (1.5 + draw! * 2.5);
    assertAlmostEquals((last.x - first.x) / (WIDTH - 1), share, 1e-4);
    assertAlmostEquals((last.y - first.y) / (HEIGHT - 1), share, 1e-4);
    assert(first.x > -1e-4 && last.x < WIDTH - 1 + 1e-4, `${first.x} ${last.x}`);
    assert(first.y > -1e-4 && last.y < HEIGHT - 1 + 1e-4, `${first.y} ${last.y}`);
  }
});

Deno.test("zoom() reaches all corners", async () => {
  const tf = await engine();
  const places = placesAfter(tf, zoom({ least: 2 }), [
    [0, 0, 0],
    [0, LAST_DRAW, LAST_DRAW],
  ]);
  assertEquals(places[0]!.labelFrom, { x: 0, y: 0 });
  assertEquals(places.at(-1)!.labelFrom, { x: WIDTH - 1, y: HEIGHT - 1 });
});

Deno.test("zoom() at 1 changes nothing, to the last bit", async () => {
  const tf = await engine();
  const images: Tensor4D = tf.randomUniform([3, 37, 53, 3], 0, 1, "float32", 4);
  const labels: Tensor3D = tf.randomUniform([3, 37, 53], 0, 256, "int32", 5);
  const draws_BD = tf.tensor2d([[0, 0, 0], [0.5, LAST_DRAW, 0.3], [LAST_DRAW, 0.7, LAST_DRAW]]);
  const batch = { images, labels };
  const changed = augment(tf, zoom({ most: 1 }), { batch, draws_BD });
  assertEquals(changed.images.dataSync(), images.dataSync());
  assertEquals(changed.labels.dataSync(), labels.dataSync());
  tf.dispose([batch, changed, draws_BD]);
});

Deno.test("zoom() never reaches beyond the frame", async () => {
  const tf = await engine();
  const random = new Random(1);
  for (const [height, width] of [[5, 3], [31, 64], [128, 256], [479, 641]] as const) {
    const draws = Array.from(
      { length: 24 },
      (_, i) => [i < 12 ? random.uniform() : random.uniform() / 1e6, LAST_DRAW, LAST_DRAW],
    );
    const least = tf.tidy(() => {
      const images: Tensor4D = tf.ones([draws.length, height, width, 3]);
      const labels: Tensor3D = tf.ones([draws.length, height, width], "int32");
      const input = { batch: { images, labels }, draws_BD: tf.tensor2d(draws) };
      const changed = augment(tf, zoom(), input);
      return [changed.images.min().dataSync()[0]!, changed.labels.min().dataSync()[0]!];
    });
    assertEquals(least, [1, 1]);
  }
});

Deno.test("zoom() refuses magnifications that would show what is outside", () => {
  const message = "expected 1 <= least <= most, got 0.5 and 2";
  assertThrows(() => zoom({ least: 0.5 }), RangeError, message);
  assertThrows(() => zoom({ least: 3 }), RangeError, "got 3 and 2");
  assertThrows(() => zoom({ most: NaN }), RangeError, "got 1 and NaN");
});
