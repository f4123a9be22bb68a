import { assert, assertEquals } from "@std/assert";
import type { Rank } from "@tensorflow/tfjs-node-gpu";
import { engine } from "../../lib/mod.ts";
import { AttributeType } from "../../lib/tensorflow/data_type.ts";
import type { EagerOps } from "../../lib/tensorflow/eager_ops.ts";
import { float32Convolution } from "../../lib/tensorflow/float32_convolution.ts";
import { AVX2, type CodeUse } from "../../lib/tensorflow/machine_code/mod.ts";
import { convolvedBy } from "../../lib/tensorflow/machine_convolution.ts";
import { OpBuilder } from "../../lib/tensorflow/op_builder.ts";
import type { OpCall } from "../../lib/tensorflow/op_runner.ts";
import { winogradConvolution } from "../../lib/tensorflow/winograd_convolution.ts";
import {
  assertClose,
  byOtherOps,
  type Case,
  type Compute,
  CONVOLUTIONS,
  describe,
  square,
  testMachineCode,
} from "./_convolutions.ts";
import { machineCodeFor, VECTOR_ISAS } from "./_vector_isas.ts";

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

/** Images whose channels are those of several tensors, and how many. */
const JOINED: { tensors: number; case: Case }[] = [
  { tensors: 2, case: square([2, 7, 10], 32, 16) },
  { tensors: 3, case: square([1, 9, 99], 48, 32) },
  { tensors: 4, case: square([1, 16, 16], 128, 96) },
  { tensors: 2, case: square([1, 5, 2100], 32, 16) },
];

function wherever(code: CodeUse): Compute {
  return (ops, call) => winograd(ops, call, { code });
}

/** Computes a convolution however few tiles it has. */
function winograd(
  ops: EagerOps,
  call: OpCall<Deno.PointerValue>,
  options: Parameters<typeof winogradConvolution<Deno.PointerValue>>[3],
): Deno.PointerValue | undefined {
  const convolved = convolvedBy(ops, call);
  return convolved && winogradConvolution(ops, call, convolved, { fewestTiles: 0, ...options });
}

testMachineCode(wherever, {
  small: SMALL,
  large: LARGE,
  threads: [1, 3],
  leftAlone: LEFT_ALONE,
});

/** Computes with parts of the images' channels in the place of the images. */
function withParts(code: CodeUse, tensors: number): Compute {
  return (ops, call) => {
    const build = new OpBuilder(ops), [images, ...others] = call.inputs;
    const part = build.shapeOf(images!)[3] / tensors;
    const joined = Array.from(
      { length: tensors },
      (_, i) =>
        build.op("Slice", [
          images!,
          build.ints([0, 0, 0, i * part]),
          build.ints([-1, -1, -1, part]),
        ]),
    );
    // Of the images only their shape is taken.
    const inputs = [build.empty(build.shapeOf(images!)), ...others];
    return winograd(ops, { ...call, inputs }, { code, joined });
  };
}

for (const { name, isa, missing: ignore } of VECTOR_ISAS) {
  for (const op of ["Conv2D", "Conv2DBackpropFilter"] as const) {
    for (const { tensors, case: one } of JOINED) {
      const title = `the same numbers of ${tensors} tensors with ${name}: ${op} of ${
        describe(one)
      }`;
      Deno.test({ name: title, ignore }, async () => {
        const tf = await engine();
        for (const threads of [1, 3]) {
          const code = await machineCodeFor(isa, threads);
          const expected = byOtherOps(tf, op, one, wherever(code));
          assertEquals(byOtherOps(tf, op, one, withParts(code, tensors)), expected);
        }
      });
    }
  }

  for (const op of ["Conv2D", "Conv2DBackpropInput"] as const) {
    for (
      const one of [
        square([3, 7, 10], 48, 32),
        ...LARGE.slice(0, 3).map((large) => large.case),
      ]
    ) {
      const title = `scaled as it is written with ${name}: ${op} of ${describe(one)}`;
      Deno.test({ name: title, ignore }, async () => {
        const tf = await engine();
        const channels = op === "Conv2D" ? one.filter[3] : one.filter[2];
        const scales = Float32Array.from({ length: 2 * channels }, (_, i) => Math.sin(i));
        for (const threads of [1, 3]) {
          const code = await machineCodeFor(isa, threads);
          const plain = byOtherOps(tf, op, one, wherever(code))!;
          const scaled = plain.map((value, i) =>
            value * scales[i % channels]! + scales[channels + i % channels]!
          );
          for (const relu of [false, true]) {
            const expected = relu ? scaled.map((value) => Math.max(0, value)) : scaled;
            const actual = byOtherOps(tf, op, one, (ops, call) => {
              const then = { scales: ops.floats(scales, [2, channels]), relu };
              return winograd(ops, call, { code, then });
            });
            assertClose(actual!, expected);
          }
        }
      });
    }
  }

  Deno.test({ name: `what is not a number stays so, scaled with ${name}`, ignore }, async () => {
    const code = await machineCodeFor(isa), one = square([1, 4, 4], 16, 16);
    const actual = byOtherOps(await engine(), "Conv2D", one, (ops, call) => {
      const scales = ops.floats(new Float32Array(32).fill(NaN, 16), [2, 16]);
      return winograd(ops, call, { code, then: { scales, relu: true } });
    });
    assert(actual!.every(Number.isNaN));
  });
}

const [{ missing: ignore }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];

Deno.test(
  { name: "left alone: tensors that have unequal parts of the channels", ignore },
  async () => {
    const tf = await engine(), code = await machineCodeFor(AVX2);
    for (const channels of [[16, 48], [48, 16], [8, 40], [24, 24], Array<number>(5).fill(16)]) {
      const one = square([1, 8, 8], channels.reduce((a, b) => a + b), 16);
      const compute: Compute = (ops, call) => {
        const joined = channels.map((count) =>
          ops.floats(new Float32Array(64 * count), [1, 8, 8, count])
        );
        return winograd(ops, call, { code, joined });
      };
      assertEquals(byOtherOps(tf, "Conv2D", one, compute), undefined);
    }
  },
);

for (const op of CONVOLUTIONS) {
  Deno.test({ name: `left alone where there are few tiles: ${op}`, ignore }, async () => {
    const code = await machineCodeFor(AVX2);
    const compute: Compute = (ops, call) => float32Convolution(ops, call, { code })?.result;
    for (const [width, is] of [[28, false], [29, true]] as const) {
      const one = square([1, 4, width], 16, 16);
      assertEquals(byOtherOps(await engine(), op, one, compute) !== undefined, is);
    }
  });
}

Deno.test("a convolution of no channels, or to none, gives zeros, or nothing", async () => {
  const tf = await engine();
  const convolved = ([channels, filters]: [number, number]) =>
    tf.conv2d(
      tf.zeros<Rank.R4>([1, 32, 32, channels]),
      tf.ones([3, 3, channels, filters]),
      1,
      "same",
    );
  const ofNone = convolved([0, 16]), toNone = convolved([16, 0]);
  assertEquals(ofNone.shape, [1, 32, 32, 16]);
  assertEquals(ofNone.dataSync().every((value) => value === 0), true);
  assertEquals(toNone.shape, [1, 32, 32, 0]);
});
