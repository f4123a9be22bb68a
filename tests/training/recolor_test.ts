import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { augment, engine, recolor, type RecolorOptions } from "../../lib/mod.ts";

const PIXELS = [0.9, 0.1, 0.2, 0.3, 0.8, 0, 1, 1, 0.5, 0.4, 0.4, 0.4];
const NOTHING = { brightness: 0, contrast: 0, saturation: 0 };
const LEAST = 0, NEUTRAL = 0.5, MOST = 1 - 2 ** -24;

/** The four pixels of a frame, recoloured with these draws. */
async function recolored(options: RecolorOptions, draws: number[]): Promise<number[][]> {
  const tf = await engine();
  return tf.tidy(() => {
    const labels = tf.tensor3d([[[3, 255], [0, 18]]], undefined, "int32");
    const batch = { images: tf.tensor4d(PIXELS, [1, 2, 2, 3]), labels };
    const changed = augment(tf, recolor(options), { batch, draws_BD: tf.tensor2d([draws]) });
    assertEquals(changed.labels.dataSync(), labels.dataSync());
    const values = [...changed.images.dataSync()];
    assert(values.every((value) => value >= 0 && value <= 1));
    return [0, 3, 6, 9].map((start) => values.slice(start, start + 3));
  });
}

function assertClose(got: number[][], expected: number[]): void {
  got.flat().forEach((value, i) => assertAlmostEquals(value, expected[i]!, 1e-5));
}

Deno.test("recolor() leaves labels as they are and images in 0..1", async () => {
  const full = { brightness: 1, contrast: 1, saturation: 1 };
  for (let i = 0; i < 27; i++) {
    const draws = [LEAST, NEUTRAL, MOST];
    await recolored(full, [i % 3, Math.floor(i / 3) % 3, Math.floor(i / 9)].map((n) => draws[n]!));
  }
});

Deno.test("recolor() changes nothing by draws in the middle, or by nothing", async () => {
  assertClose(await recolored({}, [NEUTRAL, NEUTRAL, NEUTRAL]), PIXELS);
  assertClose(await recolored(NOTHING, [LEAST, MOST, LEAST]), PIXELS);
});

Deno.test("recolor() makes images brighter and darker", async () => {
  const brightness = { ...NOTHING, brightness: 0.2 };
  const darker = await recolored(brightness, [LEAST, LEAST, LEAST]);
  assertClose(darker, PIXELS.map((value) => 0.8 * value));
  const brighter = await recolored(brightness, [MOST, LEAST, LEAST]);
  assertClose(brighter, PIXELS.map((value) => Math.min(1, 1.2 * value)));
});

Deno.test("recolor() without contrast is one grey, without saturation all greys", async () => {
  const plain = await recolored({ ...NOTHING, contrast: 1 }, [MOST, LEAST, MOST]);
  assertClose(plain, PIXELS.map(() => plain[0]![0]!));
  const grey = await recolored({ ...NOTHING, saturation: 1 }, [MOST, MOST, LEAST]);
  assertClose(grey, grey.flatMap(([red]) => [red!, red!, red!]));
  assertAlmostEquals(grey[3]![0]!, 0.4, 1e-5); // It was grey.
  assert(new Set(grey.map(([red]) => red)).size === 4);
});

Deno.test("recolor() refuses amounts that are not in 0..1", () => {
  const message = "Cannot recolor: expected contrast in 0..1, got 1.5";
  assertThrows(() => recolor({ contrast: 1.5 }), RangeError, message);
  assertThrows(() => recolor({ brightness: NaN }), RangeError, "got NaN");
});
