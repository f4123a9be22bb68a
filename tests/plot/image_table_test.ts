import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import { CITYSCAPES, colorize } from "../../lib/data/mod.ts";
import { imageTable } from "../../lib/plot/mod.ts";
import { colorAt, decode, ink } from "./_picture.ts";

/** 4 by 2 pixels: the first 8 classes. */
const IMAGE = {
  pixels: colorize(Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7), CITYSCAPES),
  width: 4,
  height: 2,
};
/** Where the first image begins: the margin, then the line of heads. */
const LEFT = 16;
const TOP = 16 + 22;

Deno.test("imageTable() enlarges pixel by pixel, by a whole factor", async () => {
  const table = { columns: ["truth"], rows: [{ images: [IMAGE] }] };
  const picture = await decode(await imageTable(table, { cellWidth: 42 }));
  for (let y = 0; y < 20; y++) {
    for (let x = 0; x < 40; x++) {
      const trainId = Math.floor(y / 10) * 4 + Math.floor(x / 10);
      const color = [...CITYSCAPES.classes[trainId]!.color];
      assertEquals(colorAt(picture, LEFT + x, TOP + y), color, `at ${x}, ${y}`);
    }
  }
  assertEquals(colorAt(picture, LEFT + 40, TOP + 10), [255, 255, 255]);
  assertEquals(colorAt(picture, LEFT + 20, TOP + 20), [255, 255, 255]);
});

Deno.test("imageTable() leaves images that are wide enough as they are", async () => {
  const pixels = new Uint8Array(300 * 100 * 3).fill(7);
  const table = { columns: [""], rows: [{ images: [{ pixels, width: 300, height: 100 }] }] };
  const picture = await decode(await imageTable(table));
  assertEquals(ink(picture), 300 * 100);
  assertEquals([picture.width, picture.height], [300 + 2 * 16, 100 + TOP + 16]);
});

Deno.test("imageTable() shows heads, captions and the legend without any font of the system", async () => {
  const bare = { columns: [""], rows: [{ images: [IMAGE] }] };
  const plain = ink(await decode(await imageTable(bare)));
  const head = ink(await decode(await imageTable({ ...bare, columns: ["prediction"] })));
  const caption = { caption: "frankfurt_000000_000294 & <co>", images: [IMAGE] };
  const captioned = ink(await decode(await imageTable({ ...bare, rows: [caption] })));
  const legend = CITYSCAPES.classes.slice(0, 3);
  const explained = ink(await decode(await imageTable({ ...bare, legend })));
  const noNames = legend.map(({ color }) => ({ name: "", color }));
  const swatches = ink(await decode(await imageTable({ ...bare, legend: noNames })));
  assertEquals(plain, 256 * 128);
  for (const more of [head, captioned]) assertGreater(more, plain + 100);
  assertGreater(swatches, plain + 3 * 100);
  assertGreater(explained, swatches + 100);
});

Deno.test("imageTable() is as wide as its columns or its longest text, and places each row below", async () => {
  const rows = Array.from({ length: 3 }, () => ({ images: [IMAGE, IMAGE] }));
  const columns = ["input", "a head that is wider than its images are"];
  const options = { cellWidth: 8 };
  const picture = await decode(await imageTable({ columns, rows }, options));
  assertEquals(picture.height, TOP + 3 * (4 + 10) - 10 + 16);
  assertGreater(picture.width, 16 + 30 + 10 + 200 + 16);
  assertEquals(colorAt(picture, LEFT, TOP + 2 * 14), [128, 64, 128]);
});

Deno.test("imageTable() refuses a row without an image for each column, and a cut image", async () => {
  await assertRejects(
    () => imageTable({ columns: ["input", "truth"], rows: [{ images: [IMAGE] }] }),
    RangeError,
    "expected 2 images in row 0, got 1",
  );
  await assertRejects(
    () => imageTable({ columns: ["input"], rows: [{ images: [{ ...IMAGE, width: 5 }] }] }),
    RangeError,
    "expected 5x2x3 values in an image, got 24",
  );
});
