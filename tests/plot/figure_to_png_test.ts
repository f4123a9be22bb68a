import { assert, assertEquals, assertGreater, assertRejects } from "@std/assert";
import { figureToPng, lineFigure, type LineFigureOptions } from "../../lib/plot/mod.ts";
import { decode, ink } from "./_picture.ts";

const SERIES = [{ name: "loss", x: [1, 2, 3], y: [3, 2, 1] }];

function figure(options: LineFigureOptions & { xTitle?: string } = {}) {
  const { xTitle = "", ...others } = options;
  return lineFigure([{ xTitle, series: SERIES }], others);
}

Deno.test("figureToPng() has the asked size, the figure's own by default", async () => {
  const small = await decode(await figureToPng(figure(), { width: 300, height: 200, scale: 2 }));
  assertEquals([small.width, small.height], [600, 400]);
  const { layout } = figure();
  const natural = await decode(await figureToPng(figure()));
  assertEquals([natural.width, natural.height], [layout.width, layout.height]);
});

Deno.test("figureToPng() draws the curve in its colour, on white", async () => {
  const { pixels, width, height } = await decode(await figureToPng(figure()));
  let blue = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    if (pixels[i] === 0 && pixels[i + 1] === 0x72 && pixels[i + 2] === 0xb2) blue++;
  }
  assertGreater(blue, 300);
  assertEquals([...pixels.subarray(0, 3)], [255, 255, 255]);
  assert(ink({ pixels, width, height }) < 0.1 * width * height);
});

Deno.test("figureToPng() shows text without any font of the system", async () => {
  const bare = await decode(await figureToPng(figure()));
  const titled = await decode(await figureToPng(figure({ xTitle: "training steps" })));
  assertGreater(ink(titled), ink(bare) + 200);
  // More text is more ink: it is glyphs, not an empty box.
  const longer = await decode(
    await figureToPng(figure({ xTitle: "training steps, training steps" })),
  );
  assertGreater(ink(longer), ink(titled) + 200);
});

Deno.test("figureToPng() leaves the figure as it is, and draws several at a time", async () => {
  const one = figure({ title: "one" });
  const before = structuredClone(one);
  const [first, other] = await Promise.all([figureToPng(one), figureToPng(figure())]);
  assertEquals(one, before);
  assertEquals(await figureToPng(one), first);
  assertEquals(await figureToPng(figure()), other);
});

Deno.test("figureToPng() says how a heat map must be that it can draw", async () => {
  const touching = { data: [{ type: "heatmap", z: [[1, 2], [3, 4]] }], layout: {} };
  await assertRejects(
    () => figureToPng(touching),
    Error,
    "expected one with xgap and ygap above 0",
  );
});

Deno.test("figureToPng() refuses a size that is none", async () => {
  await assertRejects(
    () => figureToPng(figure(), { width: 0 }),
    RangeError,
    "expected a width above 0, got 0",
  );
});
