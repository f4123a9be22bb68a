import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { AttributeType } from "../../lib/tensorflow/data_type.ts";
import { winogradConvolution } from "../../lib/tensorflow/winograd.ts";
import {
  assertClose,
  byOtherOps,
  type Case,
  type Compute,
  type Convolution,
  describe,
  inJavaScript,
} from "./_convolutions.ts";

const CONVOLUTIONS: Convolution[] = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"];

const REPLACED: Case[] = [
  { images: [1, 4, 4, 1], filter: [3, 3, 1, 1] },
  { images: [2, 8, 12, 3], filter: [3, 3, 3, 5] },
  { images: [3, 7, 10, 4], filter: [3, 3, 4, 2] },
  { images: [1, 1, 2, 64], filter: [3, 3, 64, 32] },
  { images: [2, 8, 16, 128], filter: [3, 3, 128, 64] },
  { images: [5, 10, 6, 16], filter: [3, 3, 16, 16] },
];

const LEFT_ALONE: Case[] = [
  { images: [1, 8, 8, 4], filter: [3, 3, 4, 4], padding: "VALID" },
  { images: [1, 8, 8, 4], filter: [3, 3, 4, 4], stride: 2 },
  { images: [1, 8, 8, 4], filter: [5, 3, 4, 4] },
  { images: [1, 8, 8, 4], filter: [2, 2, 4, 4] },
  {
    images: [1, 8, 8, 4],
    filter: [3, 3, 4, 4],
    settings: [{ name: "dilations", type: AttributeType.INT, value: [1, 2, 2, 1] }],
  },
  {
    images: [1, 8, 8, 8],
    filter: [3, 3, 8, 8],
    settings: [{ name: "data_format", type: AttributeType.STRING, value: "NCHW" }],
  },
];

// A row of tiles at once, by few points; of the last case two rows and one, or three images and two;
// all.
const PIECES = [1, 10_000, 45_000, undefined];

for (const op of CONVOLUTIONS) {
  for (const one of REPLACED) {
    Deno.test(`as in the package's JavaScript backend: ${op} of ${describe(one)}`, async () => {
      const tf = await engine();
      const expected = await inJavaScript(tf, op, one);
      for (const pieceBytes of PIECES) {
        assertClose(byOtherOps(tf, op, one, wherever(pieceBytes))!, expected);
      }
    });
  }
  for (const one of LEFT_ALONE) {
    Deno.test(`left alone: ${op} of ${describe(one)}`, async () => {
      assertEquals(byOtherOps(await engine(), op, one, wherever()), undefined);
    });
  }
}

function wherever(pieceBytes?: number): Compute {
  const worthwhile = { convolution: -Infinity, filterGradient: -Infinity };
  const options = { worthwhile, ...(pieceBytes && { pieceBytes }) };
  return (ops, call) => winogradConvolution(ops, call, options);
}

for (const op of CONVOLUTIONS) {
  Deno.test(`left alone where it saves less than asked: ${op}`, async () => {
    // 9 * 64 - 36 * 4 multiplications less for each of 4 * 4 pairs of channels.
    const one: Case = { images: [1, 8, 8, 4], filter: [3, 3, 4, 4] };
    const saved = (9 * 64 - 36 * 4) * 16 / (64 * 8 + 9 * 16);
    const tf = await engine();
    const kind = op === "Conv2DBackpropFilter" ? "filterGradient" : "convolution";
    for (const asked of [saved * 1.001, saved * 0.999]) {
      const worthwhile = { convolution: Infinity, filterGradient: Infinity, [kind]: asked };
      const compute: Compute = (ops, call) => winogradConvolution(ops, call, { worthwhile });
      assertEquals(byOtherOps(tf, op, one, compute) !== undefined, asked < saved);
    }
  });
}
