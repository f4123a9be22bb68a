import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { fasterConvolution } from "../../lib/tensorflow/faster_convolution.ts";
import {
  assertClose,
  byOtherOps,
  type Case,
  type Convolution,
  describe,
  inJavaScript,
} from "./_convolutions.ts";

const FORWARD: Case[] = [
  { images: [1, 32, 16, 3], filter: [3, 3, 3, 5] },
  { images: [1, 16, 33, 4], filter: [5, 3, 4, 2] },
];

const FILTER_GRADIENTS: Case[] = [
  { images: [1, 64, 32, 32], filter: [3, 3, 32, 16] },
  { images: [2, 32, 64, 48], filter: [1, 3, 48, 16] },
  { images: [1, 41, 53, 32], filter: [3, 5, 32, 16] },
  { images: [10, 48, 44, 32], filter: [1, 3, 32, 16] },
  { images: [1, 3, 2, 1024], filter: [3, 3, 1024, 512] },
  { images: [3, 8, 6, 5], filter: [2, 2, 5, 7], stride: 2 },
  { images: [2, 9, 3, 4], filter: [3, 3, 4, 2], stride: 3 },
];

const LEFT_ALONE: [op: Convolution, Case][] = [
  ["Conv2D", { images: [2, 32, 32, 16], filter: [3, 3, 16, 16] }],
  ["Conv2D", { images: [1, 32, 32, 16], filter: [3, 3, 16, 16], padding: "VALID" }],
  ["Conv2D", { images: [1, 32, 32, 16], filter: [2, 2, 16, 16] }],
  ["Conv2D", { images: [1, 64, 64, 16], filter: [3, 3, 16, 16], stride: 2 }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 3], filter: [3, 3, 3, 16] }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 16], filter: [3, 3, 16, 16] }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 32], filter: [1, 1, 32, 16] }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 32], filter: [3, 3, 32, 16], padding: "VALID" }],
  ["Conv2DBackpropFilter", { images: [2, 64, 64, 32], filter: [3, 3, 32, 16], stride: 2 }],
  ["Conv2DBackpropFilter", { images: [2, 7, 7, 16], filter: [2, 2, 16, 16], stride: 2 }],
  ["Conv2DBackpropInput", { images: [1, 64, 64, 16], filter: [3, 3, 16, 16] }],
];

const REPLACED: [op: Convolution, Case][] = [
  ...FORWARD.map((one): [Convolution, Case] => ["Conv2D", one]),
  ...FILTER_GRADIENTS.map((one): [Convolution, Case] => ["Conv2DBackpropFilter", one]),
];

for (const [op, one] of REPLACED) {
  Deno.test(`as in the package's JavaScript backend: ${op} of ${describe(one)}`, async () => {
    const tf = await engine();
    const expected = await inJavaScript(tf, op, one);
    assertClose(byOtherOps(tf, op, one, fasterConvolution)!, expected);
  });
}

for (const [op, one] of LEFT_ALONE) {
  Deno.test(`left alone: ${op} of ${describe(one)}`, async () => {
    assertEquals(byOtherOps(await engine(), op, one, fasterConvolution), undefined);
  });
}
