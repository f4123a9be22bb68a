// Makes the images that tfjs-node-gpu's own tests decode, from the pixels that those tests state.
// The package does not ship the ones that its authors used. To make them anew:
//   deno run -A tests/conformance/make_images.ts

import sharp, { type Sharp } from "sharp";

const FOLDER = new URL("test_objects/images/", import.meta.url);
const SIZE = 2;

const COLORS = [[238, 101, 0], [50, 50, 50], [100, 50, 0], [200, 100, 50]];
const SECOND_FRAME = [[200, 100, 50], [34, 68, 102], [170, 0, 102], [255, 255, 255]];

/** A picture of `SIZE` columns, whose rows may be split into frames of `SIZE` rows. */
function picture(pixels: number[][]): Sharp {
  const raw = {
    width: SIZE,
    height: pixels.length / SIZE,
    channels: pixels[0]!.length as 3 | 4,
    pageHeight: SIZE,
  };
  return sharp(Uint8Array.from(pixels.flat()), { raw });
}

/** A bitmap of 24 bits a pixel (`BITMAPFILEHEADER`, `BITMAPINFOHEADER`), which sharp cannot write. */
function bitmap(pixels: number[][]): Uint8Array {
  const headerBytes = 54, infoBytes = 40, rowBytes = Math.ceil(SIZE * 3 / 4) * 4;
  const bytes = new Uint8Array(headerBytes + SIZE * rowBytes);
  const view = new DataView(bytes.buffer);
  bytes.set(new TextEncoder().encode("BM"));
  view.setUint32(2, bytes.length, true);
  view.setUint32(10, headerBytes, true);
  view.setUint32(14, infoBytes, true);
  view.setInt32(18, SIZE, true);
  view.setInt32(22, SIZE, true);
  view.setUint16(26, 1, true); // planes
  view.setUint16(28, 24, true); // bits a pixel
  view.setUint32(34, SIZE * rowBytes, true);
  pixels.forEach(([red, green, blue], i) => {
    const row = SIZE - 1 - Math.floor(i / SIZE); // from the bottom up
    bytes.set([blue!, green!, red!], headerBytes + row * rowBytes + (i % SIZE) * 3);
  });
  return bytes;
}

const opaque = COLORS.map((color) => [...color, 255]);
const images = {
  "image_png_test.png": await picture(COLORS).png().toBuffer(),
  "image_png_4_channel_test.png": await picture(opaque).png().toBuffer(),
  "image_bmp_test.bmp": bitmap(COLORS),
  // The tests' pixels are these colors after libjpeg's losses at this quality.
  "image_jpeg_test.jpeg": await picture(COLORS)
    .jpeg({ quality: 100, chromaSubsampling: "4:4:4" }).toBuffer(),
  "gif_test.gif": await picture([...COLORS, ...SECOND_FRAME]).gif().toBuffer(),
};
await Deno.mkdir(FOLDER, { recursive: true });
for (const [name, bytes] of Object.entries(images)) {
  await Deno.writeFile(new URL(name, FOLDER), bytes);
}
