import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { AttributeType } from "../../lib/tensorflow/data_type.ts";
import { AVX2, type CodeUse } from "../../lib/tensorflow/machine_code/mod.ts";
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
import { machineCodeFor, VECTOR_UNITS } from "./_vector_units.ts";

const CONVOLUTIONS: Convolution[] = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"];

/** Of some the JavaScript backend tells what is right. */
const SMALL: Case[] = [
  { images: [1, 4, 4, 16], filter: [3, 3, 16, 16] },
  { images: [3, 7, 10, 16], filter: [3, 3, 16, 32] },
  { images: [1, 1, 2, 32], filter: [3, 3, 32, 16] },
  { images: [2, 5, 99, 16], filter: [3, 3, 16, 48] },
];

/** Of larger ones TensorFlow's own kernels. */
const LARGE: { case: Case; what: string }[] = [
  { what: "a filter that is worked on in blocks", case: square([1, 16, 16], 112, 96) },
  { what: "one of which tasks share the tiles", case: square([2, 68, 64], 96, 112) },
  { what: "one that is worked on in half blocks", case: square([1, 6, 9], 304, 80) },
  { what: "rows of many tiles", case: square([1, 5, 2100], 16, 16) },
  { what: "more than a group of tiles of a large filter", case: square([1, 10, 1100], 96, 96) },
];

function square(images: [number, number, number], channels: number, filters: number): Case {
  return { images: [...images, channels], filter: [3, 3, channels, filters] };
}

const LEFT_ALONE: Case[] = [
  { images: [1, 8, 8, 16], filter: [3, 3, 16, 16], padding: "VALID" },
  { images: [1, 8, 8, 16], filter: [3, 3, 16, 16], stride: 2 },
  { images: [1, 8, 8, 16], filter: [5, 3, 16, 16] },
  { images: [1, 8, 8, 16], filter: [2, 2, 16, 16] },
  { images: [1, 8, 8, 12], filter: [3, 3, 12, 16] },
  { images: [1, 8, 8, 16], filter: [3, 3, 16, 19] },
  {
    images: [1, 8, 8, 16],
    filter: [3, 3, 16, 16],
    settings: [{ name: "dilations", type: AttributeType.INT, value: [1, 2, 2, 1] }],
  },
  {
    images: [1, 8, 8, 16],
    filter: [3, 3, 16, 16],
    settings: [{ name: "data_format", type: AttributeType.STRING, value: "NCHW" }],
  },
];

const asItIs: Compute = (ops, call) => ops.op(call.name, call.inputs, call.attributes);

function wherever(code: CodeUse): Compute {
  return (ops, call) => winogradConvolution(ops, call, { code, fewestTiles: 0 });
}

for (const { name, unit, missing: ignore } of VECTOR_UNITS) {
  for (const op of CONVOLUTIONS) {
    for (const one of SMALL) {
      const title = `as in the package's JavaScript backend with ${name}: ${op} of ${
        describe(one)
      }`;
      Deno.test({ name: title, ignore }, async () => {
        const tf = await engine();
        const expected = await inJavaScript(tf, op, one);
        for (const threads of [1, 2, 5]) {
          const code = await machineCodeFor(unit, threads);
          assertClose(byOtherOps(tf, op, one, wherever(code))!, expected);
        }
      });
    }
    for (const { what, case: one } of LARGE) {
      const title = `as TensorFlow's own with ${name}: ${op} of ${what}, ${describe(one)}`;
      Deno.test({ name: title, ignore }, async () => {
        const tf = await engine();
        const expected = byOtherOps(tf, op, one, asItIs)!;
        for (const threads of [1, 3]) {
          const code = await machineCodeFor(unit, threads);
          assertClose(byOtherOps(tf, op, one, wherever(code))!, expected);
        }
      });
    }
  }
}

const [{ missing: ignore }] = VECTOR_UNITS as [typeof VECTOR_UNITS[0]];

for (const op of CONVOLUTIONS) {
  for (const one of LEFT_ALONE) {
    Deno.test({ name: `left alone: ${op} of ${describe(one)}`, ignore }, async () => {
      const compute = wherever(await machineCodeFor(AVX2));
      assertEquals(byOtherOps(await engine(), op, one, compute), undefined);
    });
  }

  Deno.test({ name: `left alone where there are few tiles: ${op}`, ignore }, async () => {
    const code = await machineCodeFor(AVX2);
    const compute: Compute = (ops, call) => winogradConvolution(ops, call, { code });
    for (const [width, is] of [[28, false], [29, true]] as const) {
      const one = square([1, 4, width], 16, 16);
      assertEquals(byOtherOps(await engine(), op, one, compute) !== undefined, is);
    }
  });
}
