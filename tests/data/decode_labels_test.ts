import { assertEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import sharp from "sharp";
import { decodeLabels } from "../../lib/mod.ts";
import { withFolder } from "./_folder.ts";
import { filtered, withChunk, withHeader, withPixels } from "./_png.ts";

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
    "greyscale of 8 bits": [plainPng, IDS],
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
    "interlaced greyscale of 8 bits": [
      () =>
        sharp(IDS, { raw: { width, height, channels: 1 } })
          .toColourspace("b-w").png({ progressive: true }).toBuffer(),
      IDS,
    ],
    "interlaced greyscale of 16 bits": [
      () =>
        sharp(Uint16Array.from(IDS, (id) => id * 5), { raw: { width, height, channels: 1 } })
          .toColourspace("grey16").png({ progressive: true }).toBuffer(),
      Array.from(IDS, (id) => id * 5),
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
          const form = { rowBytes: width * depth / 8, pixelBytes: depth / 8, filters: [filter] };
          const data = depth === 8 ? Uint8Array.from(ids) : Uint16Array.from(ids);
          const png = encode({ ...size, channels: 1, depth, data });
          const path = await write("labels.png", withPixels(png, filtered(bytes, form)));
          assertEquals(Array.from((await decodeLabels(path)).ids), ids, `width ${width}`);
        }
      }));
  }
}

for (const depth of [1, 2, 4] as const) {
  Deno.test(`decodeLabels() undoes filters of samples of ${depth} bits`, async () => {
    const ids = SMALL.map((id) => id % 2 ** depth), bytes = packed(ids, depth);
    const rowBytes = Math.ceil(width * depth / 8);
    for (let filter = 0; filter < FILTERS.length; filter++) {
      const form = { rowBytes, pixelBytes: 1, filters: [filter, 4] };
      const png = withHeader(withPixels(plainPng(), filtered(bytes, form)), (header) => {
        header.setUint8(24, depth);
      });
      assertEquals((await decodeLabels("labels.png", png)).ids, ids, FILTERS[filter]);
    }
  });
}

/** Which pass has a pixel, by its row and column modulo 8 (section 8.2 of the specification). */
const ADAM7 = ["16462646", "77777777", "56565656", "77777777", "36463646", "77777777"]
  .concat("56565656", "77777777");

for (const depth of [1, 2, 4, 8, 16] as const) {
  Deno.test(`decodeLabels() reads interlaced samples of ${depth} bits of any small size`, () =>
    withFolder(async ({ write }) => {
      for (let side = 1; side <= 10; side++) {
        const size = { width: side, height: 11 - side };
        const ids = areas(size, depth);
        const rows: number[] = [];
        for (const pass of "1234567") {
          for (let y = 0; y < size.height; y++) {
            const samples = ids.slice(y * side, (y + 1) * side)
              .filter((_, x) => ADAM7[y % 8]![x % 8] === pass);
            const bits = samples.map((id) => id.toString(2).padStart(depth, "0")).join("");
            if (bits !== "") rows.push(0, ...(bits.match(/.{1,8}/g) ?? []).map(byteOf));
          }
        }
        const png = withHeader(withPixels(plainPng(), Uint8Array.from(rows)), (header) => {
          header.setUint32(16, size.width);
          header.setUint32(20, size.height);
          header.setUint8(24, depth);
          header.setUint8(28, 1);
        });
        const labels = await decodeLabels(await write("labels.png", png));
        assertEquals(Array.from(labels.ids), ids, `${size.width}x${size.height}`);
      }
    }));
}

/** Up to eight bits, the highest first. */
function byteOf(bits: string): number {
  return parseInt(bits.padEnd(8, "0"), 2);
}

function plainPng(): Uint8Array {
  return encode({ width, height, channels: 1, data: IDS });
}

const DAMAGED = "it is no PNG, or one with a damaged header";

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
    () => plainPng().map((byte, i) => i === 12 ? 88 : byte),
    DAMAGED,
  ],
  "whose header has another checksum": [
    () => plainPng().map((byte, i) => i === 19 ? byte + 1 : byte),
    DAMAGED,
  ],
  "of an unknown depth": [() => withHeader(plainPng(), (view) => view.setUint8(24, 12)), DAMAGED],
  "of 32 bits": [() => withHeader(plainPng(), (view) => view.setUint8(24, 32)), DAMAGED],
  "with a palette of 16 bits": [
    () => withHeader(plainPng(), (view) => view.setUint16(24, 16 << 8 | 3)),
    DAMAGED,
  ],
  "of an unknown colour type": [
    () => withHeader(plainPng(), (view) => view.setUint8(25, 1)),
    DAMAGED,
  ],
  "without columns": [() => withHeader(plainPng(), (view) => view.setUint32(16, 0)), DAMAGED],
  "without rows": [() => withHeader(plainPng(), (view) => view.setUint32(20, 0)), DAMAGED],
  "of an unknown compression": [
    () => withHeader(plainPng(), (view) => view.setUint8(26, 1)),
    DAMAGED,
  ],
  "of an unknown filter method": [
    () => withHeader(plainPng(), (view) => view.setUint8(27, 1)),
    DAMAGED,
  ],
  "of an unknown way of interlacing": [
    () => withHeader(plainPng(), (view) => view.setUint8(28, 2)),
    DAMAGED,
  ],
  "of an unknown filter": [
    () =>
      withPixels(
        plainPng(),
        Uint8Array.from({ length: height * (width + 1) }, (_, i) => i === 0 ? 5 : 0),
      ),
    "it has a row with the unknown filter 5",
  ],
  "that lack a row": [
    () => withPixels(plainPng(), new Uint8Array((height - 1) * (width + 1))),
    "it has 12 bytes of pixels instead of 18",
  ],
  "that inflate to far more than they say": [
    () => withPixels(plainPng(), new Uint8Array(2 ** 24)),
    "it has more than 18 bytes of pixels",
  ],
  "whose pixels have another checksum": [
    () => plainPng().map((byte, i, { length }) => i === length - 17 ? byte + 1 : byte),
    "its pixels have another checksum than it says",
  ],
  "without pixels": [
    () => Uint8Array.from([...plainPng().subarray(0, 33), ...plainPng().subarray(-12)]),
    "it has far fewer bytes of pixels than its header says",
  ],
  "that only claim a size": [
    () => withHeader(plainPng(), (view) => view.setUint32(16, 2 ** 31 - 1)),
    "it has far fewer bytes of pixels than its header says",
  ],
  "that are empty": [() => new Uint8Array(), DAMAGED],
  "that are cut short": [() => plainPng().subarray(0, 50), "it is cut short"],
  "that lack their last bytes": [() => plainPng().subarray(0, -12), "it is cut short"],
  "with a palette of 4 bits that lack their last bytes": [
    () =>
      encode({
        width,
        height,
        channels: 1,
        depth: 4,
        data: packed(SMALL, 4),
        palette: PALETTE.slice(0, 16),
      }).subarray(0, -12),
    "it is cut short",
  ],
  "that are interlaced and lack a pass": [
    () => withHeader(withPixels(plainPng(), new Uint8Array(8)), (header) => header.setUint8(28, 1)),
    "bytes of pixels instead of",
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
