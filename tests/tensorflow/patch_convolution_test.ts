import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { AVX2, type CodeUse } from "../../lib/tensorflow/machine_code/mod.ts";
import { convolvedBy } from "../../lib/tensorflow/machine_convolution.ts";
import { patchConvolution } from "../../lib/tensorflow/patch_convolution.ts";
import {
  asItIs,
  assertClose,
  byOtherOps,
  type Case,
  type Compute,
  CONVOLUTIONS,
  patches,
  testMachineCode,
} from "./_convolutions.ts";
import { machineCodeFor, VECTOR_ISAS } from "./_vector_isas.ts";

/** Of some the JavaScript backend tells what is right. */
const SMALL: Case[] = [
  patches([1, 2, 32], 16, 16, 2),
  patches([3, 10, 64], 32, 16, 2),
  patches([2, 9, 144], 16, 48, 3),
  patches([2, 8, 32], 48, 192, 2),
  { ...patches([1, 4, 32], 16, 80, 2), padding: "VALID" },
];

/** Of larger ones TensorFlow's own kernels. */
const LARGE: { case: Case; what: string }[] = [
  { what: "a filter larger than the images", case: patches([1, 16, 32], 128, 256, 2) },
  { what: "one that is worked on in blocks", case: patches([1, 64, 128], 112, 208, 2) },
  { what: "wide rows", case: patches([2, 18, 800], 16, 32, 2) },
  { what: "pieces that are not whole", case: patches([3, 22, 64], 64, 64, 2) },
];

const LEFT_ALONE: Case[] = [
  { images: [1, 16, 32, 16], filter: [3, 3, 16, 16] },
  { images: [1, 16, 32, 16], filter: [3, 3, 16, 16], stride: 2 },
  { images: [1, 16, 64, 16], filter: [2, 2, 16, 16], stride: 4 },
  { images: [1, 16, 33, 16], filter: [2, 2, 16, 16], stride: 2 },
  patches([1, 8, 16], 16, 16, 1),
  { images: [1, 16, 32, 16], filter: [2, 1, 16, 16], stride: 2 },
  patches([1, 16, 32], 12, 16, 2),
  patches([1, 16, 32], 16, 19, 2),
];

function wherever(code: CodeUse): Compute {
  return (ops, call) => {
    const convolved = convolvedBy(ops, call);
    return convolved && patchConvolution(ops, call, convolved, { code });
  };
}

testMachineCode(wherever, {
  small: SMALL,
  large: LARGE,
  threads: [1, 3, 40],
  leftAlone: LEFT_ALONE,
});

const [{ missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];

Deno.test({ name: "rows that are no whole blocks of pixels are left alone", ignore }, async () => {
  const compute = wherever(await machineCodeFor(AVX2)), tf = await engine();
  for (const [width, is] of [[12, true], [14, false]] as const) {
    const one = patches([1, 16, width * 2], 16, 16, 2);
    for (const op of CONVOLUTIONS.slice(0, 2)) {
      assertEquals(byOtherOps(tf, op, one, compute) !== undefined, is);
    }
    const expected = byOtherOps(tf, "Conv2DBackpropFilter", one, asItIs)!;
    assertClose(byOtherOps(tf, "Conv2DBackpropFilter", one, compute)!, expected);
  }
});
