import { assertEquals, assertGreater, assertRejects } from "@std/assert";
import fc from "fast-check";
import { encode } from "fast-png";
import { constants, deflateSync, inflateRawSync, type ZlibOptions } from "node:zlib";
import { decodeLabels } from "../../../lib/mod.ts";
import { Random } from "../../../lib/system/mod.ts";
import { withChunk } from "../_png.ts";
import { randomBlocks } from "./_random_blocks.ts";

/** A PNG of one row of bytes, whose pixels are deflated in some way and parts. */
function rowPng(bytes: Uint8Array, deflated: Uint8Array, parts = 1): Uint8Array {
  const png = encode({ width: bytes.length, height: 1, channels: 1, data: bytes });
  const size = Math.ceil(deflated.length / parts);
  let whole = png.subarray(0, 33);
  for (let part = parts; part-- > 0;) { // Each goes before those that are there.
    const content = deflated.subarray(part * size, (part + 1) * size);
    whole = Uint8Array.from([
      ...withChunk(whole.subarray(0, 33), "IDAT", content),
      ...whole.subarray(33),
    ]);
  }
  return Uint8Array.from([...whole, ...png.subarray(-12)]);
}

function deflate(bytes: Uint8Array, options: ZlibOptions = {}): Uint8Array {
  const row = new Uint8Array(1 + bytes.length); // Not filtered.
  row.set(bytes, 1);
  return deflateSync(row, options);
}

async function inflated(png: Uint8Array): Promise<string> {
  return (await decodeLabels("row.png", png)).ids.toString();
}

/** Numbers from 0 to below 1, most of them small. */
const small = fc.nat(2 ** 30 - 1).map((number) => (number / 2 ** 30) ** 5);

/**
 * Bytes that are new, or what was there some steps before. A few of both are much more frequent than
 * others, so that codes have all lengths.
 */
const bytes = fc.array(
  fc.record({
    value: small,
    step: small,
    length: fc.integer({ min: 1, max: 300 }),
    isNew: fc.boolean(),
  }),
  { minLength: 1, maxLength: 300 },
).map((pieces) => {
  const made = [0];
  for (const { value, step, length, isNew } of pieces) {
    const back = 1 + Math.floor(step * Math.min(made.length, 2 ** 15));
    for (let i = 0; i < length; i++) {
      made.push(isNew ? Math.floor(256 * (value * (1 + i * i) % 1)) : made[made.length - back]!);
    }
  }
  return Uint8Array.from(made);
});

const WAYS: Record<string, ZlibOptions> = {
  "well": { level: 9 },
  "fast": { level: 1 },
  "not at all": { level: 0 },
  "by fixed codes": { strategy: constants.Z_FIXED },
  "without matches": { strategy: constants.Z_HUFFMAN_ONLY },
  "by matches of the byte before": { strategy: constants.Z_RLE },
  "with a small window": { windowBits: 9 },
  "in small blocks": { memLevel: 1 },
};

for (const [way, options] of Object.entries(WAYS)) {
  Deno.test(`a PNG's pixels deflated ${way} are inflated`, () =>
    fc.assert(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 5 }), async (row, parts) => {
        assertEquals(await inflated(rowPng(row, deflate(row, options), parts)), row.toString());
      }),
      { numRuns: 50 },
    ));
}

/** What deflates raw bytes with the header and the checksum of zlib's format. */
function wrapped(raw: Uint8Array, inflated: Uint8Array): Uint8Array {
  const checksum = deflateSync(inflated).subarray(-4);
  return Uint8Array.from([0x78, 0x01, ...raw, ...checksum]);
}

Deno.test("a PNG's pixels with any codes, lengths and distances are inflated as by zlib", async () => {
  for (let seed = 0; seed < 150; seed++) {
    const raw = randomBlocks(seed);
    const expected = Uint8Array.from(inflateRawSync(raw));
    const row = expected.subarray(1); // The first byte names no filter.
    const png = rowPng(row, wrapped(raw, expected));
    assertEquals(await inflated(png) === row.toString(), true, `seed ${seed}`);
  }
});

Deno.test("a PNG's pixels with codes that cannot be are refused", async () => {
  let refused = 0;
  for (let seed = 0; seed < 100; seed++) {
    const raw = randomBlocks(seed, true);
    // Now and then the code stays one, of one symbol say: then zlib takes it.
    if (isInflatable(raw)) continue;
    const png = rowPng(new Uint8Array(2 ** 15), wrapped(raw, Uint8Array.of(0)));
    const message = "its pixels are not what Deflate makes";
    await assertRejects(() => decodeLabels("row.png", png), Error, message);
    refused++;
  }
  assertGreater(refused, 80);
});

function isInflatable(raw: Uint8Array): boolean {
  try {
    return inflateRawSync(raw).length > 0;
  } catch {
    return false;
  }
}

Deno.test("a PNG's pixels that repeat what is before the first one are refused", async () => {
  // One block of fixed codes: 3 bytes, 1 back; the end.
  const png = rowPng(Uint8Array.of(0, 0), Uint8Array.of(0x78, 0x01, 0x03, 0x02, 0, 0, 0, 0, 0));
  const message = "its pixels are not what Deflate makes";
  await assertRejects(() => decodeLabels("row.png", png), Error, message);
});

for (const level of [0, 9]) {
  Deno.test(`a PNG with more pixels than it says, deflated at level ${level}, is refused`, async () => {
    const deflated = deflate(Uint8Array.from({ length: 2 ** 17 }, (_, i) => i * i), { level });
    const png = rowPng(new Uint8Array(1000), deflated);
    const message = "it has more than 1001 bytes of pixels";
    await assertRejects(() => decodeLabels("row.png", png), Error, message);
  });
}

Deno.test("a PNG whose deflated pixels are damaged is refused, or has the same pixels", () =>
  fc.assert(
    fc.asyncProperty(bytes, fc.nat(), fc.integer({ min: 1, max: 255 }), async (row, at, change) => {
      const deflated = deflate(row);
      deflated[at % deflated.length]! ^= change;
      const result = await inflated(rowPng(row, deflated)).catch((error: Error) => error.message);
      if (result !== row.toString()) {
        assertEquals(result.slice(0, 32), "Cannot read the labels row.png: ");
      }
    }),
    { numRuns: 500 },
  ));

Deno.test("a PNG whose deflated pixels end early is refused", () =>
  fc.assert(
    fc.asyncProperty(bytes, fc.nat(), async (row, at) => {
      const deflated = deflate(row);
      const png = rowPng(row, deflated.subarray(0, at % deflated.length));
      const error = await assertRejects(() => decodeLabels("row.png", png), Error);
      assertEquals(/cut short|far fewer/.test(error.message), true, error.message);
    }),
    { numRuns: 200 },
  ));

Deno.test("a PNG of areas whose deflated pixels end early anywhere is refused as such", async () => {
  // Zeros behind the end may be read as the code of a long match, and of a distance.
  for (let seed = 0; seed < 20; seed++) {
    const random = new Random(seed);
    const row = Uint8Array.from(
      Array.from({ length: 20 }, () => Array(1 + random.integer(40)).fill(random.integer(12)))
        .flat(),
    );
    const deflated = deflate(row);
    for (let end = 0; end < deflated.length; end++) {
      const png = rowPng(row, deflated.subarray(0, end));
      const error = await assertRejects(() => decodeLabels("row.png", png), Error);
      assertEquals(/cut short|far fewer/.test(error.message), true, error.message);
    }
  }
});

Deno.test("a PNG of another method than Deflate, or one that wants a dictionary, is refused", async () => {
  const row = Uint8Array.of(1, 2, 3), deflated = deflate(row);
  for (const header of [[0x79, 0x01], [0x78, 0x02], [0x78, 0xbb], [0x88, 0x1c]]) {
    const png = rowPng(row, Uint8Array.of(...header, ...deflated.subarray(2)));
    await assertRejects(
      () => decodeLabels("row.png", png),
      Error,
      "its pixels are not what Deflate makes",
    );
  }
});
