import { assertEquals, assertLess } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { bfloat16Convolution } from "../../lib/tensorflow/bfloat16_convolution.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import type { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { AVX512, MachineCode } from "../../lib/tensorflow/machine_code/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { OpBuilder } from "../../lib/tensorflow/op_builder.ts";
import type { OpCall } from "../../lib/tensorflow/op_runner.ts";
import {
  asItIs,
  byOtherOps,
  type Case,
  type Compute,
  type Convolution,
  CONVOLUTIONS,
  describe,
  inJavaScript,
  patches,
  square,
} from "./_convolutions.ts";

const { context } = nodeBackend(await engine()).binding;
const ignore = !context.machineCode?.hasBfloat16;

/** Of some the JavaScript backend tells what is right. */
const SMALL: Case[] = [
  square([1, 4, 4], 16, 16),
  square([3, 7, 10], 16, 32),
  square([1, 1, 2], 32, 16),
  square([2, 5, 32], 32, 32),
  square([1, 3, 48], 48, 64),
  square([5, 2, 16], 64, 48),
  square([2, 5, 99], 16, 48),
].map(rounded);

/** Filters as large as the stride. */
const PATCHES: Case[] = [
  patches([1, 4, 4], 16, 16, 2),
  patches([3, 6, 20], 32, 16, 2),
  patches([2, 34, 36], 16, 48, 2),
  patches([1, 8, 64], 128, 256, 2),
  patches([1, 6, 36], 16, 32, 3),
  { ...patches([2, 4, 34], 48, 64, 2), padding: "VALID" as const },
].map(rounded);

const LEFT_ALONE: { what: string; case: Case }[] = [
  { what: "pixels that are left out", case: { ...square([1, 8, 8], 16, 16), padding: "VALID" } },
  { what: "a stride", case: { ...square([1, 8, 8], 16, 16), stride: 2 } },
  { what: "patches that are not whole", case: patches([1, 8, 9], 16, 16, 2) },
  { what: "gaps between patches", case: { ...patches([1, 8, 8], 16, 16, 2), stride: 4 } },
  { what: "patches that overlap", case: { ...patches([1, 9, 9], 16, 16, 2), stride: 1 } },
  { what: "single pixels", case: patches([1, 8, 8], 16, 16, 1) },
  { what: "odd channels", case: square([1, 8, 8], 24, 16) },
  { what: "odd filters", case: square([1, 8, 8], 16, 19) },
  { what: "narrow images", case: square([1, 8, 7], 16, 16) },
  {
    what: "a margin of its own",
    case: {
      ...patches([1, 8, 8], 16, 16, 2),
      padding: "EXPLICIT",
      settings: [
        { name: "explicit_paddings", type: AttributeType.INT, value: [0, 0, 1, 1, 1, 1, 0, 0] },
      ],
    },
  },
];

/** Of larger ones TensorFlow's own kernels in float32. */
const LARGE: { case: Case; what: string }[] = [
  { what: "a filter in blocks that tasks share", case: square([3, 8, 16], 256, 512) },
  { what: "one of many channels", case: square([2, 3, 20], 1024, 96) },
  { what: "one of many filters", case: square([1, 40, 32], 96, 1024) },
  { what: "units of some rows", case: square([2, 67, 64], 96, 112) },
  { what: "rows of many pixels", case: square([1, 5, 2100], 16, 16) },
].map(({ what, case: one }) => ({ what, case: rounded(one) }));

/** With numbers that bfloat16 has. */
function rounded(one: Case): Case {
  return { ...one, rounded: true };
}

/** What is added to channels. */
const BIASES = Float32Array.from({ length: 256 }, (_, i) => 3 * i - 7);

/** How many channels the result of a convolution, or a gradient with respect to images, has. */
function channelsOf(ops: EagerOps, { name, inputs }: OpCall<Deno.PointerValue>): number {
  return name === "Conv2D" ? ops.shapeOf(inputs[1]!)[3]! : ops.shapeOf(inputs[1]!)[2]!;
}

/** By AMX, of a filter that is only close to the numbers of bfloat16 that it rounds to. */
function withTiles(
  threads: number,
  { narrowest = 1, isBiased = false }: { narrowest?: number; isBiased?: boolean } = {},
): Compute {
  const code = new MachineCode(AVX512, threads, { hasBfloat16: true }).use();
  return (ops, call) => {
    const build = new OpBuilder(ops);
    const cast = (input: Deno.PointerValue, from: number, to: number) =>
      build.op("Cast", [input], [
        { name: "SrcT", type: AttributeType.TYPE, value: from },
        { name: "DstT", type: AttributeType.TYPE, value: to },
      ]);
    const { name } = call, isGradient = name === "Conv2DBackpropFilter";
    const closer = ops.floats([1 - 2 ** -10], []);
    const inputs = call.inputs.map((input, i) =>
      i === 1 && !isGradient ? build.op("Mul", [input, closer]) : input
    );
    const result = bfloat16Convolution(ops, { ...call, inputs }, {
      code,
      narrowest,
      ...isBiased &&
        {
          bias: ops.floats(BIASES.slice(0, channelsOf(ops, call)), [
            1,
            1,
            1,
            channelsOf(ops, call),
          ]),
        },
      round: (tensor) => cast(tensor, DataType.FLOAT, DataType.BFLOAT16),
    });
    if (!result || isGradient) return result;
    return cast(result, DataType.BFLOAT16, DataType.FLOAT);
  };
}

/** What is summed is of float32, and a result in bfloat16 may be rounded by half of its last bit. */
function assertRounded(op: Convolution, actual: Float32Array, expected: Float32Array): void {
  assertEquals(actual.length, expected.length);
  const largest = expected.reduce((max, value) => Math.max(max, Math.abs(value)), 0);
  const share = op === "Conv2DBackpropFilter" ? 0 : 2 ** -8;
  actual.forEach((value, i) => {
    const error = Math.abs(value - expected[i]!);
    assertLess(error, share * Math.abs(expected[i]!) + 1e-5 * largest);
  });
}

for (const op of CONVOLUTIONS) {
  for (const one of [...SMALL, ...PATCHES]) {
    const name = `in bfloat16 as in the package's JavaScript backend: ${op} of ${describe(one)}`;
    Deno.test({ name, ignore }, async () => {
      const tf = await engine();
      const expected = await inJavaScript(tf, op, one);
      for (const threads of [1, 2, 5]) {
        assertRounded(op, byOtherOps(tf, op, one, withTiles(threads))!, expected);
      }
    });
  }
  for (const { what, case: one } of LARGE) {
    const name = `in bfloat16 as TensorFlow's own: ${op} of ${what}, ${describe(one)}`;
    Deno.test({ name, ignore }, async () => {
      const tf = await engine();
      const expected = byOtherOps(tf, op, one, asItIs)!;
      for (const threads of [1, 2, 3]) {
        assertRounded(op, byOtherOps(tf, op, one, withTiles(threads))!, expected);
      }
    });
  }
}

for (const { what, case: one } of LEFT_ALONE) {
  const name = `in bfloat16 left to TensorFlow: ${what}, ${describe(one)}`;
  // Nothing is run.
  Deno.test(name, async () => {
    const tf = await engine();
    for (const op of ["Conv2D", "Conv2DBackpropFilter"] as const) {
      assertEquals(byOtherOps(tf, op, one, withTiles(2, { narrowest: 8 })), undefined);
    }
  });
}

for (const op of ["Conv2D", "Conv2DBackpropInput"] as const) {
  for (const one of [...SMALL, ...PATCHES]) {
    const name = `in bfloat16 with a bias: ${op} of ${describe(one)}`;
    Deno.test({ name, ignore }, async () => {
      const tf = await engine();
      const plain = await inJavaScript(tf, op, one);
      const channels = op === "Conv2D" ? one.filter[3] : one.filter[2];
      const expected = plain.map((value, i) => value + BIASES[i % channels]!);
      const actual = byOtherOps(tf, op, one, withTiles(2, { isBiased: true }))!;
      assertRounded(op, actual, expected);
    });
  }
}
