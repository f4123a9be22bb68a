import { assert, assertEquals } from "@std/assert";
import { resizeArea, resizeNearest } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

interface Resizing {
  width: number;
  height: number;
  image: string;
  labels: string;
  cases: { size: [number, number]; nearest: string; labels: string; area?: string }[];
}

const { width, height, image, labels, cases } = golden<Resizing>("resizing");
const values = Uint8Array.fromBase64(image);

for (const { size: [toWidth, toHeight], ...expected } of cases) {
  const to = { width: toWidth, height: toHeight };
  const name = `from ${width}x${height} to ${toWidth}x${toHeight}`;

  Deno.test(`resizeNearest() ${name} picks Pillow's pixels of images and labels`, () => {
    const actual = resizeNearest({ values, width, height, channels: 3 }, to);
    assertEquals(actual, Uint8Array.fromBase64(expected.nearest));
    const ids = { values: Uint8Array.fromBase64(labels), width, height, channels: 1 };
    assertEquals(resizeNearest(ids, to), Uint8Array.fromBase64(expected.labels));
  });

  const { area } = expected;
  if (area === undefined) continue;
  Deno.test(`resizeArea() ${name} is within 1 of Pillow's BOX`, () => {
    const actual = resizeArea({ values, width, height, channels: 3 }, to);
    const box = Uint8Array.fromBase64(area);
    assertEquals(actual.length, box.length);
    actual.forEach((value, i) => assert(Math.abs(value - box[i]!) <= 1, `${value}, ${box[i]}`));
  });
}

Deno.test("resizeArea() weighs source pixels by the share that is covered", () => {
  // Worked by hand: 3 pixels to 2 are spans of 1.5, so (10 + 20 / 2) / 1.5 and (20 / 2 + 70) / 1.5;
  // the second row is the same plus 3, of which the average over both rows is 1.5.
  const raster = {
    values: Uint8Array.of(10, 20, 70, 13, 23, 73),
    width: 3,
    height: 2,
    channels: 1,
  };
  assertEquals([...resizeArea(raster, { width: 2, height: 1 })], [15, 55]);
  assertEquals([...resizeArea(raster, { width: 3, height: 2 })], [10, 20, 70, 13, 23, 73]);
});

Deno.test("resizeArea() of one colour is that colour, at any size", () => {
  const raster = { values: new Uint8Array(17 * 11).fill(201), width: 17, height: 11, channels: 1 };
  for (
    const size of [{ width: 5, height: 3 }, { width: 16, height: 10 }, { width: 40, height: 23 }]
  ) {
    assertEquals(new Set(resizeArea(raster, size)), new Set([201]));
  }
});
