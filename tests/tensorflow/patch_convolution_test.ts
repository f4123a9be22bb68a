import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { AVX2, type CodeUse } from "../../lib/tensorflow/machine_code/mod.ts";
import { patchConvolution } from "../../lib/tensorflow/patch_convolution.ts";
import {
  assertClose,
  byOtherOps,
  type Case,
  type Compute,
  type Convolution,
  describe,
  inJavaScript,
} from "./_convolutions.ts";
import { machineCodeFor, VECTOR_ISAS } from "./_vector_isas.ts";

const CONVOLUTIONS: Convolution[] = ["Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"];

/** Of some the JavaScript backend tells what is right; height and width are of the result. */
const SMALL: Case[] = [
  patches([1, 1, 16], 16, 16, 2),
  patches([3, 5, 32], 32, 16, 2),
  patches([2, 3, 48], 16, 48, 3),
  patches([2, 4, 16], 48, 192, 2),
  { ...patches([1, 2, 16], 16, 80, 2), padding: "VALID" },
];

/** Of larger ones TensorFlow's own kernels. */
const LARGE: { case: Case; what: string }[] = [
  { what: "a filter larger than the images", case: patches([1, 8, 16], 128, 256, 2) },
  { what: "one that is worked on in blocks", case: patches([1, 32, 64], 112, 208, 2) },
  { what: "wide rows", case: patches([2, 9, 400], 16, 32, 2) },
  { what: "pieces that are not whole", case: patches([3, 11, 32], 64, 64, 2) },
];

const LEFT_ALONE: Case[] = [
  { images: [1, 16, 32, 16], filter: [3, 3, 16, 16] },
  { images: [1, 16, 32, 16], filter: [3, 3, 16, 16], stride: 2 },
  { images: [1, 16, 64, 16], filter: [2, 2, 16, 16], stride: 4 },
  { images: [1, 16, 33, 16], filter: [2, 2, 16, 16], stride: 2 },
  patches([1, 8, 16], 16, 16, 1),
  { images: [1, 16, 32, 16], filter: [2, 1, 16, 16], stride: 2 },
  patches([1, 8, 16], 12, 16, 2),
  patches([1, 8, 16], 16, 19, 2),
];

function patches(
  [batch, height, width]: [number, number, number],
  channels: number,
  filters: number,
  stride: number,
): Case {
  return {
    images: [batch, height * stride, width * stride, channels],
    filter: [stride, stride, channels, filters],
    stride,
  };
}

const asItIs: Compute = (ops, call) => ops.operation(call)[0];

function wherever(code: CodeUse): Compute {
  return (ops, call) => patchConvolution(ops, call, { code });
}

for (const { name, isa, missing: ignore } of VECTOR_ISAS) {
  for (const op of CONVOLUTIONS) {
    for (const one of SMALL) {
      const title = `as in the package's JavaScript backend with ${name}: ${op} of ${
        describe(one)
      }`;
      Deno.test({ name: title, ignore }, async () => {
        const tf = await engine();
        const expected = await inJavaScript(tf, op, one);
        for (const threads of [1, 2, 5]) {
          const code = await machineCodeFor(isa, threads);
          assertClose(byOtherOps(tf, op, one, wherever(code))!, expected);
        }
      });
    }
    for (const { what, case: one } of LARGE) {
      const title = `as TensorFlow's own with ${name}: ${op} of ${what}, ${describe(one)}`;
      Deno.test({ name: title, ignore }, async () => {
        const tf = await engine();
        const expected = byOtherOps(tf, op, one, asItIs)!;
        for (const threads of [1, 3, 40]) {
          const code = await machineCodeFor(isa, threads);
          assertClose(byOtherOps(tf, op, one, wherever(code))!, expected);
        }
      });
    }
  }
}

const [{ missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];

Deno.test({ name: "rows that are no whole blocks of pixels are left alone", ignore }, async () => {
  const compute = wherever(await machineCodeFor(AVX2)), tf = await engine();
  for (const [width, is] of [[12, true], [14, false]] as const) {
    const one = patches([1, 8, width], 16, 16, 2);
    for (const op of CONVOLUTIONS.slice(0, 2)) {
      assertEquals(byOtherOps(tf, op, one, compute) !== undefined, is);
    }
    const expected = byOtherOps(tf, "Conv2DBackpropFilter", one, asItIs)!;
    assertClose(byOtherOps(tf, "Conv2DBackpropFilter", one, compute)!, expected);
  }
});

for (const op of CONVOLUTIONS) {
  for (const one of LEFT_ALONE) {
    Deno.test({ name: `left alone: ${op} of ${describe(one)}`, ignore }, async () => {
      const compute = wherever(await machineCodeFor(AVX2));
      assertEquals(byOtherOps(await engine(), op, one, compute), undefined);
    });
  }
}
