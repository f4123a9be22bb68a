import { assertEquals, assertLess, assertRejects } from "@std/assert";
import fc from "fast-check";
import { encode } from "fast-png";
import sharp from "sharp";
import { decodeImage, decodeResized, RESAMPLINGS, resizeImage } from "../../lib/mod.ts";
import { memory } from "../../lib/data/png/png.wasm";
import { withFolder } from "./_folder.ts";
import { filtered, withChunk, withHeader, withPixels } from "./_png.ts";

const width = 2, height = 2;

Deno.test("decodeImage() reads colours, grey as grey, and drops transparency", () =>
  withFolder(async ({ write }) => {
    const rgb = Uint8Array.of(1, 2, 3, 40, 50, 60, 255, 0, 9, 7, 7, 7);
    const grey = Uint8Array.of(0, 9, 100, 255);
    const rgba = Uint8Array.from({ length: 16 }, (_, i) => i % 4 === 3 ? 128 : rgb[i - (i >> 2)]!);
    const read = async (channels: 1 | 3 | 4, data: Uint8Array) => {
      const path = await write(`${channels}.png`, encode({ width, height, channels, data }));
      return await decodeImage(path);
    };
    assertEquals(await read(3, rgb), { pixels: rgb, width, height });
    assertEquals(await read(4, rgba), { pixels: rgb, width, height });
    const greys = Uint8Array.from([...grey].flatMap((value) => [value, value, value]));
    assertEquals(await read(1, grey), { pixels: greys, width, height });
  }));

Deno.test("decodeImage() drops a transparent colour", () =>
  withFolder(async ({ write }) => {
    const data = Uint8Array.of(1, 2, 3, 40, 50, 60, 255, 0, 9, 7, 7, 7);
    const png = encode({ width, height, channels: 3, data });
    const path = await write("image.png", withChunk(png, "tRNS", [0, 40, 0, 50, 0, 60]));
    assertEquals(await decodeImage(path), { pixels: data, width, height });
  }));

Deno.test("decodeImage() converts colours of another profile to sRGB, in a PNG as elsewhere", () =>
  withFolder(async ({ write }) => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => i * 20);
    const wide = sharp(data, { raw: { width, height, channels: 3 } }).withIccProfile("p3");
    const read = async (name: string, file: Uint8Array) =>
      (await decodeImage(await write(name, file))).pixels;
    const ofPng = await read("image.png", await wide.png().toBuffer());
    const ofTiff = await read("image.tif", await wide.tiff({ compression: "none" }).toBuffer());
    assertEquals(ofPng, ofTiff);
    assertLess(ofPng.reduce((sum, value, i) => Math.max(sum, Math.abs(value - data[i]!)), 0), 3);
  }));

Deno.test("decodeImage() reads a file anew that has changed under its name", () =>
  withFolder(async ({ write }) => {
    const read = async (value: number) => {
      const data = new Uint8Array(12).fill(value);
      const path = await write("image.png", encode({ width, height, channels: 3, data }));
      return (await decodeImage(path)).pixels[0];
    };
    assertEquals([await read(10), await read(20)], [10, 20]);
  }));

Deno.test("decodeImage() and decodeResized() name a file that is absent, no image, or cut short", () =>
  withFolder(async ({ at, write }) => {
    const noise = Uint8Array.from({ length: 64 * 64 * 3 }, (_, i) => (i * 7919) % 256);
    const image = sharp(noise, { raw: { width: 64, height: 64, channels: 3 } });
    const png = await image.png().toBuffer(), jpeg = await image.jpeg().toBuffer();
    const paths = [
      at("none.png"),
      await write("text.png", new TextEncoder().encode("no image")),
      await write("empty.png"),
      await write("half.png", png.subarray(0, png.length / 2)),
      await write("half.jpg", jpeg.subarray(0, jpeg.length / 2)),
    ];
    for (const path of paths) {
      const message = `Cannot read the image ${path}: `;
      await assertRejects(() => decodeImage(path), Error, message);
      await assertRejects(() => decodeResized(path, { width: 8, height: 8 }), Error, message);
    }
  }));

Deno.test("decodeResized() gives what decodeImage() and resizeImage() give, and the size before", () =>
  withFolder(async ({ write }) => {
    const original = { width: 48, height: 40 };
    const data = Uint8Array.from({ length: 48 * 40 * 3 }, (_, i) => (i * 7919) % 251);
    const image = sharp(data, { raw: { ...original, channels: 3 } });
    const paths = [
      await write("image.png", await image.png().toBuffer()),
      await write("image.jpg", await image.jpeg().toBuffer()),
    ];
    // Whole blocks of 1, 2, 3 and 8 pixels or of different sides, parts of pixels, and larger.
    const sizes = [[48, 40], [24, 20], [16, 8], [6, 5], [2, 40], [7, 9], [48, 39], [96, 80]];
    for (const path of paths) {
      for (const [width, height] of sizes as [number, number][]) {
        for (const resampling of RESAMPLINGS) {
          const expected = resizeImage(await decodeImage(path), { width, height }, resampling);
          const actual = await decodeResized(path, { width, height }, resampling);
          assertEquals(actual, { pixels: expected, width, height, original });
        }
      }
    }
  }));

Deno.test("decodeImage() undoes the filters of a PNG's rows, whichever are beside each other", () =>
  fc.assert(
    fc.asyncProperty(
      fc.record({
        width: fc.integer({ min: 1, max: 20 }),
        height: fc.integer({ min: 1, max: 13 }),
        filters: fc.array(fc.integer({ min: 0, max: 4 }), { minLength: 1, maxLength: 13 }),
        // Of few values, neighbours are often the same; of all, predictions overflow.
        values: fc.array(fc.constantFrom(0, 1, 2, 3, 4, 5, 126, 127, 128, 129, 254, 255), {
          minLength: 780,
        })
          .map((values) => Uint8Array.from(values)),
      }),
      async ({ width, height, filters, values }) => {
        const data = values.slice(0, width * height * 3);
        const png = encode({ width, height, channels: 3, data });
        const rows = filtered(data, { rowBytes: 3 * width, pixelBytes: 3, filters });
        const image = await decodeImage("image.png", withPixels(png, rows));
        assertEquals(image, { pixels: data, width, height });
      },
    ),
    { numRuns: 300 },
  ));

Deno.test("decodeImage() refuses a PNG in colours with an unknown filter or another checksum", async () => {
  const size = { width: 5, height: 6 }, data = new Uint8Array(90);
  const png = encode({ ...size, channels: 3, data });
  const rows = filtered(data, { rowBytes: 15, pixelBytes: 3, filters: [0, 4, 1, 2, 7] });
  const cases: [Uint8Array, string][] = [
    [withPixels(png, rows), "it has a row with the unknown filter 7"],
    [png.map((byte, i) => i === png.length - 17 ? byte + 1 : byte), "another checksum"],
    [withPixels(png, rows.subarray(16)), "it has 80 bytes of pixels instead of 96"],
  ];
  for (const [file, message] of cases) {
    await assertRejects(() => decodeImage("image.png", file), Error, message);
  }
});

Deno.test("what decodeImage() gave stays when larger and smaller images are decoded", async () => {
  const images = [10, 700, 5].map((side, i) => {
    const data = Uint8Array.from({ length: side * side * 3 }, (_, at) => (at * 7919 + i) % 251);
    return { width: side, height: side, data };
  });
  const read = await Promise.all(
    images.map((image) => decodeImage("image.png", encode({ ...image, channels: 3 }))),
  );
  assertEquals(read.map(({ pixels }) => pixels), images.map(({ data }) => data));
});

Deno.test("decodeImage() refuses a PNG that is too large to decode, before it takes memory", async () => {
  const png = encode({ width: 1, height: 1, channels: 3, data: new Uint8Array(3) });
  const claimed = withHeader(png, (header) => {
    header.setUint32(16, 286331170); // Five rows of it are more than 32 bits count.
    header.setUint32(20, 1);
  });
  // As many bytes as might deflate so many pixels.
  const file = withChunk(claimed, "IDAT", new Uint8Array(3e6));
  const before = memory.buffer.byteLength;
  await assertRejects(() => decodeImage("image.png", file), Error, "it is too large: decoding it");
  assertEquals(memory.buffer.byteLength, before);
});

Deno.test("decodeImage() reads an interlaced PNG in colours", async () => {
  const data = Uint8Array.from({ length: 30 * 20 * 3 }, (_, i) => (i * 7919) % 251);
  const image = sharp(data, { raw: { width: 30, height: 20, channels: 3 } });
  const png = await image.png({ progressive: true }).toBuffer();
  assertEquals(await decodeImage("image.png", png), { pixels: data, width: 30, height: 20 });
});
