import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import {
  corrupt,
  type Corruption,
  CORRUPTIONS,
  type RgbImage,
  SEVERITIES,
} from "../../lib/data/mod.ts";
import { drawScene } from "../../lib/data/synthetic/mod.ts";

const { image: pixels, width, height } = drawScene(1, { width: 256, height: 128 });
const IMAGE: RgbImage = { pixels: new Uint8Array(pixels), width, height };

/** The peak signal-to-noise ratio to the scene, in decibel. */
function psnr(image: RgbImage): number {
  const squares = IMAGE.pixels.reduce((sum, value, i) => sum + (value - image.pixels[i]!) ** 2, 0);
  return 10 * Math.log10(255 ** 2 / (squares / IMAGE.pixels.length));
}

for (const kind of CORRUPTIONS) {
  Deno.test(`corrupt() by ${kind} spoils more the severer it is, the same each time`, async () => {
    const before = IMAGE.pixels.slice();
    const ratios: number[] = [];
    for (const severity of SEVERITIES) {
      const spoilt = await corrupt(IMAGE, { kind, severity, seed: 3 });
      assertEquals([spoilt.width, spoilt.height, spoilt.pixels.length], [
        ...[width, height, width * height * 3],
      ]);
      assert(spoilt.pixels.constructor === Uint8Array);
      assertEquals(spoilt, await corrupt(IMAGE, { kind, severity, seed: 3 }));
      ratios.push(psnr(spoilt));
    }
    assertEquals(ratios, ratios.toSorted((a, b) => b - a), "PSNR falls");
    assert(new Set(ratios).size === SEVERITIES.length && ratios[0]! < 40, `${ratios}`);
    assertEquals(IMAGE.pixels, before);
  });

  Deno.test(`corrupt() by ${kind} takes images of one pixel, black and white`, async () => {
    for (const value of [0, 255]) {
      const image = { pixels: new Uint8Array(3).fill(value), width: 1, height: 1 };
      for (const severity of SEVERITIES) {
        assertEquals((await corrupt(image, { kind, severity })).pixels.length, 3);
      }
    }
  });
}

Deno.test("corrupt() draws another noise and another fog from another seed, and only these", async () => {
  for (const kind of CORRUPTIONS) {
    const [one, two] = await Promise.all(
      [1, 2].map((seed) => corrupt(IMAGE, { kind, severity: 3, seed })),
    );
    const isSame = one!.pixels.every((value, i) => value === two!.pixels[i]);
    assertEquals(isSame, kind !== "noise" && kind !== "fog", kind);
  }
});

Deno.test("corrupt() has the constants of ImageNet-C", async () => {
  const grey = { pixels: new Uint8Array(64 * 64 * 3).fill(128), width: 64, height: 64 };
  const mean = (values: Uint8Array) => values.reduce((a, b) => a + b, 0) / values.length;
  const { pixels: noisy } = await corrupt(grey, { kind: "noise", severity: 1 });
  assertAlmostEquals(mean(noisy), 128, 0.5);
  const deviation = Math.sqrt(noisy.reduce((sum, v) => sum + (v - 128) ** 2, 0) / noisy.length);
  assertAlmostEquals(deviation, 0.08 * 255, 0.5);
  const split = { ...grey, pixels: grey.pixels.map((_, i) => i % 2 ? 0 : 200) };
  const flat = await corrupt(split, { kind: "contrast", severity: 5 });
  assertEquals(flat.pixels.subarray(0, 2), Uint8Array.of(105, 95));
  // A white dot of the Gaussian with a standard deviation of 2 pixels.
  const dot = { ...grey, pixels: new Uint8Array(64 * 64 * 3) };
  dot.pixels.fill(255, (32 * 64 + 28) * 3, (32 * 64 + 37) * 3);
  const { pixels: soft } = await corrupt(dot, { kind: "blur", severity: 2 });
  const shares = Array.from({ length: 9 }, (_, i) => Math.exp(-((i - 4) ** 2) / 8));
  const across = shares.reduce((a, b) => a + b) / Math.sqrt(8 * Math.PI);
  assertAlmostEquals(soft[(32 * 64 + 32) * 3]!, 255 * across / Math.sqrt(8 * Math.PI), 1.5);
});

Deno.test("corrupt() makes an image by blur neither darker nor brighter", async () => {
  const mean = ({ pixels }: RgbImage) => pixels.reduce((a, b) => a + b, 0) / pixels.length;
  const { pixels } = await corrupt(IMAGE, { kind: "noise", severity: 5 });
  const noisy = { ...IMAGE, pixels };
  assertAlmostEquals(mean(await corrupt(noisy, { kind: "blur", severity: 1 })), mean(noisy), 0.2);
});

Deno.test("corrupt() halves the light with each severity of darkness", async () => {
  const grey = { pixels: new Uint8Array(3).fill(188), width: 1, height: 1 };
  const { pixels: [dark] } = await corrupt(grey, { kind: "darkness", severity: 1 });
  // sRGB: 188 is half of the light of white, 137 a quarter.
  assertEquals(dark, 137);
});

Deno.test("corrupt() refuses a kind or a severity that there is not", async () => {
  const snow = { kind: "snow" as Corruption, severity: 1 };
  const kinds = "expected a kind of noise, blur, darkness, fog, contrast, jpeg, got snow";
  await assertRejects(() => corrupt(IMAGE, snow), RangeError, kinds);
  for (const severity of [0, 6, 2.5, NaN]) {
    const message = `expected a severity of 1, 2, 3, 4, 5, got ${severity}`;
    await assertRejects(() => corrupt(IMAGE, { kind: "fog", severity }), RangeError, message);
  }
});
