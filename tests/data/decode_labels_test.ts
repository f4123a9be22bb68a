import { assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import sharp from "sharp";
import { deflateSync } from "node:zlib";
import { decodeLabels } from "../../lib/mod.ts";
import { withFolder } from "./_folder.ts";
import { withChunk } from "./_png_chunk.ts";

const width = 5, height = 3;
const IDS = Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 251);
const SMALL = IDS.map((id) => id % 4);

/** The samples of an image packed by so many bits; each row begins with a new byte. */
function packed(ids: Uint8Array, bits: number): Uint8Array {
  const rowBytes = Math.ceil(width * bits / 8);
  const bytes = new Uint8Array(rowBytes * height);
  ids.forEach((id, i) => {
    const bit = (i % width) * bits;
    bytes[Math.trunc(i / width) * rowBytes + (bit >> 3)]! |= id << (8 - bits - (bit & 7));
  });
  return bytes;
}

/** Colours that say nothing of the indices. */
const PALETTE = Array.from({ length: 256 }, (_, i) => [255 - i, (i * 3) % 256, 7]);

/** A profile of linear grey, made with the ICC's specification at hand; deflated. */
const PROFILE =
  "eJxjYGB0yEnOLWZyYGDIzSspcg9yjIyIjFJgQAKJycUFDHjBt2sMjCD6si5+dVgBS0pqcTKQ3gLEMckFRSUM" +
  "DIwCQDZPeUkBiC0DZItkhwQ5A9kGQLYAVD0IMKWTYSE+UJJaUQKiK4AYEQ4I/yWXFpVBlTKChAB3Lxzj";

/** Names a colour profile in a PNG. */
function withProfile(png: Uint8Array): Uint8Array {
  const name = new TextEncoder().encode("grey");
  return withChunk(png, "iCCP", [...name, 0, 0, ...Uint8Array.fromBase64(PROFILE)]);
}

const KINDS: Record<string, [png: () => Uint8Array | Promise<Uint8Array>, ids: ArrayLike<number>]> =
  {
    "greyscale of 8 bits": [() => encode({ width, height, channels: 1, data: IDS }), IDS],
    "greyscale of 16 bits": [
      () =>
        encode({
          width,
          height,
          channels: 1,
          depth: 16,
          data: Uint16Array.from(IDS, (id) => id * 5),
        }),
      Array.from(IDS, (id) => id * 5),
    ],
    "greyscale of 2 bits": [
      () => encode({ width, height, channels: 1, depth: 2, data: packed(SMALL, 2) }),
      SMALL,
    ],
    "greyscale with bytes behind its end": [
      () =>
        Uint8Array.from([
          ...encode({ width, height, channels: 1, data: IDS }),
          ...new Uint8Array(40),
        ]),
      IDS,
    ],
    "interlaced greyscale": [
      () =>
        sharp(IDS, { raw: { width, height, channels: 1 } })
          .toColourspace("b-w").png({ progressive: true }).toBuffer(),
      IDS,
    ],
    "a palette of 8 bits": [
      () => encode({ width, height, channels: 1, data: IDS, palette: PALETTE }),
      IDS,
    ],
    "a palette of 4 bits": [
      () =>
        encode({
          width,
          height,
          channels: 1,
          depth: 4,
          data: packed(SMALL, 4),
          palette: PALETTE.slice(0, 16),
        }),
      SMALL,
    ],
    // Converted by it, the samples would be other ids.
    "greyscale with a colour profile": [
      () => withProfile(encode({ width, height, channels: 1, data: IDS })),
      IDS,
    ],
    // Taken as colour, its pixels would have a second channel.
    "greyscale with a transparent value": [
      () => withChunk(encode({ width, height, channels: 1, data: IDS }), "tRNS", [0, IDS[1]!]),
      IDS,
    ],
  };

for (const [kind, [png, ids]] of Object.entries(KINDS)) {
  Deno.test(`decodeLabels() reads the samples of ${kind} as they are`, () =>
    withFolder(async ({ write }) => {
      const labels = await decodeLabels(await write("labels.png", await png()));
      assertEquals([labels.width, labels.height, ...labels.ids], [
        width,
        height,
        ...Array.from(ids),
      ]);
    }));
}

/** The filters of the PNG specification, 9.2. */
const FILTERS = ["none", "sub", "up", "average", "Paeth"];

/** Areas of equal ids and some noise: what label images are made of, and what they are not. */
function areas(size: { width: number; height: number }, depth: number): number[] {
  const most = 2 ** depth - 1;
  return Array.from({ length: size.width * size.height }, (_, i) => {
    const x = i % size.width, y = Math.trunc(i / size.width);
    const isNoise = y > size.height / 2 && (x * 31 + y * 17) % 11 < 2;
    return isNoise ? (i * 7919) % (most + 1) : (Math.trunc((x + y / 3) / 9) * 23456789) % most;
  });
}

/** Puts a PNG's pixels in place of those of another of the same size. */
function withPixels(png: Uint8Array, filtered: Uint8Array): Uint8Array {
  const beginning = withChunk(png.subarray(0, 33), "IDAT", deflateSync(filtered));
  return Uint8Array.from([...beginning, ...png.subarray(-12)]); // The last chunk has no content.
}

/** Filters rows as section 9.2 of the specification says, all in one way. */
function filtered(
  bytes: Uint8Array,
  form: { rowBytes: number; pixelBytes: number; filter: number },
): Uint8Array {
  const { rowBytes, pixelBytes, filter } = form;
  const byteAt = (x: number, y: number) => x < 0 || y < 0 ? 0 : bytes[y * rowBytes + x]!;
  const rows: number[] = [];
  for (let y = 0; y < bytes.length / rowBytes; y++) {
    rows.push(filter);
    for (let x = 0; x < rowBytes; x++) {
      const a = byteAt(x - pixelBytes, y), b = byteAt(x, y - 1), c = byteAt(x - pixelBytes, y - 1);
      const distance = (value: number) => Math.abs(a + b - c - value);
      const nearest = [a, b, c].toSorted((one, other) => distance(one) - distance(other))[0]!;
      rows.push(byteAt(x, y) - [0, a, b, Math.floor((a + b) / 2), nearest][filter]!);
    }
  }
  return Uint8Array.from(rows);
}

for (const [filter, name] of FILTERS.entries()) {
  for (const depth of [8, 16] as const) {
    Deno.test(`decodeLabels() undoes the filter ${name} of ${depth} bits`, () =>
      withFolder(async ({ write }) => {
        for (const width of [64, 61, 3, 1]) {
          const size = { width, height: 40 };
          const ids = areas(size, depth);
          const bytes = depth === 8
            ? Uint8Array.from(ids)
            : Uint8Array.from(ids.flatMap((id) => [id >> 8, id & 255]));
          const form = { rowBytes: width * depth / 8, pixelBytes: depth / 8, filter };
          const data = depth === 8 ? Uint8Array.from(ids) : Uint16Array.from(ids);
          const png = encode({ ...size, channels: 1, depth, data });
          const path = await write("labels.png", withPixels(png, filtered(bytes, form)));
          assertEquals(Array.from((await decodeLabels(path)).ids), ids, `width ${width}`);
        }
      }));
  }
}

const BAD: Record<string, [data: () => Uint8Array, message: string]> = {
  "in colours": [
    () => encode({ width, height, channels: 3, data: new Uint8Array(IDS.length * 3) }),
    "expected a PNG with one channel of ids or a palette",
  ],
  "with transparency": [
    () => encode({ width, height, channels: 2, data: new Uint8Array(IDS.length * 2) }),
    "expected a PNG with one channel of ids or a palette",
  ],
  "whose first chunk is no header": [
    () => encode({ width, height, channels: 1, data: IDS }).map((byte, i) => i === 12 ? 88 : byte),
    "expected a PNG",
  ],
  "of an unknown filter": [
    () =>
      withPixels(
        encode({ width, height, channels: 1, data: IDS }),
        Uint8Array.from({ length: height * (width + 1) }, (_, i) => i === 0 ? 5 : 0),
      ),
    "it has a row with the unknown filter 5",
  ],
  "that lack a row": [
    () =>
      withPixels(
        encode({ width, height, channels: 1, data: IDS }),
        new Uint8Array((height - 1) * (width + 1)),
      ),
    "it has 12 bytes of pixels instead of 18",
  ],
  "that inflate to far more than they say": [
    () =>
      withPixels(
        encode({ width, height, channels: 1, data: IDS }),
        new Uint8Array(2 ** 24),
      ),
    "",
  ],
  "that only claim a size": [
    () => {
      const png = encode({ width, height, channels: 1, data: IDS });
      new DataView(png.buffer, png.byteOffset).setUint32(16, 2 ** 31 - 1);
      return png;
    },
    "it is cut short",
  ],
  "that are empty": [() => new Uint8Array(), "expected a PNG"],
  "that are cut short": [
    () => encode({ width, height, channels: 1, data: IDS }).subarray(0, 50),
    "",
  ],
  "of 16 bits that are cut short": [
    () =>
      encode({ width, height, channels: 1, depth: 16, data: Uint16Array.from(IDS) }).subarray(
        0,
        50,
      ),
    "",
  ],
};

for (const [kind, [data, message]] of Object.entries(BAD)) {
  Deno.test(`decodeLabels() refuses labels ${kind} and names the file`, () =>
    withFolder(async ({ write }) => {
      const path = await write("labels.png", data());
      const error = await assertRejects(() => decodeLabels(path), Error, message);
      assertEquals(
        error.message.startsWith(`Cannot read the labels ${path}: `),
        true,
        error.message,
      );
    }));
}

Deno.test("decodeLabels() names a file that is absent", () =>
  withFolder(async ({ at }) => {
    const path = at("none.png");
    await assertRejects(() => decodeLabels(path), Error, `Cannot read the labels ${path}: `);
  }));
