import { assertEquals } from "@std/assert";
import type { SymbolicTensor } from "@tensorflow/tfjs-node-gpu";
import { engine, parametersOf } from "../../lib/mod.ts";
import { AttributeType } from "../../lib/tensorflow/data_type.ts";
import { JoinedChannels } from "../../lib/tensorflow/joined_channels.ts";
import type { OpCall, OpRunner } from "../../lib/tensorflow/op_runner.ts";
import { assertCompiledGradients } from "./_gradients.ts";

/** A tensor that has a name and a shape, and values where it is a constant. */
interface Named {
  name: string;
  shape: number[];
  values?: number[];
}

const constant = (...values: number[]): Named => ({
  name: `${values}`,
  shape: [values.length],
  values,
});

const attributes = [
  { name: "strides", type: AttributeType.INT, value: [1, 1, 1, 1] },
  { name: "padding", type: AttributeType.STRING, value: "SAME" },
  { name: "data_format", type: AttributeType.STRING, value: "NHWC" },
];

/** A convolution of images that were joined of two, 12 and 20 channels, with 7 filters. */
function convolution({ batch = 8, axis = 3 } = {}) {
  const ran: OpCall<Named>[] = [];
  const built: string[] = [];
  const runner = {
    shapeOf: ({ shape }: Named) => shape,
    intsOf: ({ values }: Named) => values,
    ints: (values: ArrayLike<number>) => constant(...Array.from(values)),
    operation: ({ name, inputs, after = [] }: OpCall<Named>) => {
      const text = `${name} of ${inputs.map(({ name }) => name).join("; ")}`;
      built.push(after.length ? `${text} after ${after.map(({ name }) => name)}` : text);
      return [{ name: `result ${built.length}`, shape: [] }];
    },
  } as unknown as OpRunner<Named>;
  const channels = new JoinedChannels(runner, (call) => {
    ran.push(call);
    return [{ name: `gradient ${ran.length}`, shape: [] }];
  });
  const shapeOf = (channels: number) => [batch, 128, 256, channels];
  const up = { name: "up", shape: shapeOf(12) }, skipped = { name: "skipped", shape: shapeOf(20) };
  const images = { name: "images", shape: shapeOf(32) };
  const inputs = [up, skipped, constant(axis)];
  channels.note({ name: "ConcatV2", inputs, attributes: [], outputs: 1 }, [images]);
  const gradient = { name: "gradient", shape: shapeOf(7) };
  const filter = { name: "filter", shape: [3, 5, 32, 7] };
  return { channels, ran, built, images, filter, gradient };
}

const inputsOf = ({ inputs }: OpCall<Named>) => inputs.map(({ name }) => name);

for (const axis of [3, -1]) {
  Deno.test(`a filter's gradient is made of those for the parts joined along axis ${axis}`, () => {
    const { channels, ran, built, images, gradient } = convolution({ axis });
    const inputs = [images, constant(3, 5, 32, 7), gradient];
    const call = { name: "Conv2DBackpropFilter", inputs, attributes, outputs: 1 };
    assertEquals(channels.run(call)?.map(({ name }) => name), ["result 1"]);
    assertEquals(ran.map(inputsOf), [
      ["up", "3,5,12,7", "gradient"],
      ["skipped", "3,5,20,7", "gradient"],
    ]);
    assertEquals(built, ["ConcatV2 of gradient 1; gradient 2; 2"]);
    assertEquals(ran.map((call) => call.attributes), [attributes, attributes]);
  });
}

Deno.test("parts of an image's gradient are gradients with parts of the filter", () => {
  const { channels, ran, built, filter, gradient } = convolution();
  const whole = { name: "whole", shape: [8, 128, 256, 32] };
  const inputs = [constant(8, 128, 256, 32), filter, gradient];
  channels.note({ name: "Conv2DBackpropInput", inputs, attributes, outputs: 1 }, [whole]);
  const split = [whole, constant(12, 20), constant(3)];
  const parts = channels.run({ name: "SplitV", inputs: split, attributes: [], outputs: 2 });
  assertEquals(parts?.map(({ name }) => name), ["gradient 1", "gradient 2"]);
  assertEquals(built, [
    "Slice of filter; 0,0,0,0; -1,-1,12,-1 after gradient",
    "Slice of filter; 0,0,12,0; -1,-1,20,-1 after gradient",
  ]);
  assertEquals(ran.map(inputsOf), [
    ["8,128,256,12", "result 1", "gradient"],
    ["8,128,256,20", "result 2", "gradient"],
  ]);
});

Deno.test("left alone: small images, those joined or split otherwise, and other ops", () => {
  const cases = [{ batch: 1 }, { axis: 0 }].map((options) => convolution(options));
  for (const { channels, images, gradient } of cases) {
    const inputs = [images, constant(3, 5, 32, 7), gradient];
    const call = { name: "Conv2DBackpropFilter", inputs, attributes, outputs: 1 };
    assertEquals(channels.run(call), undefined);
  }
  const { channels, images, filter, gradient } = convolution();
  const whole = { name: "whole", shape: [8, 128, 256, 32] };
  const inputs = [constant(8, 128, 256, 32), filter, gradient];
  channels.note({ name: "Conv2DBackpropInput", inputs, attributes, outputs: 1 }, [whole]);
  const others: [name: string, inputs: Named[]][] = [
    ["SplitV", [whole, constant(4, 4), constant(0)]],
    ["SplitV", [images, constant(12, 20), constant(3)]],
    ["SplitV", [whole, constant(31, 1), constant(3)]],
    ["SplitV", [whole, constant(-1, 20), constant(3)]],
    ["Conv2D", [images, filter]],
  ];
  for (const [name, inputs] of others) {
    assertEquals(channels.run({ name, inputs, attributes, outputs: 1 }), undefined);
  }
  const first = [{ name: "data_format", type: AttributeType.STRING, value: "NCHW" }];
  const taken = [images, constant(3, 5, 32, 7), gradient];
  const call = { name: "Conv2DBackpropFilter", inputs: taken, attributes: first, outputs: 1 };
  assertEquals(channels.run(call), undefined);
});

for (const [channels, filters] of [[[12, 8], 4], [[16, 16], 16]] as const) {
  const title = `gradients through large images that were joined of ${
    channels.join(" and ")
  } channels`;
  Deno.test(`${title} are those of eager ops`, async () => {
    const tf = await engine();
    const input = tf.input({ shape: [128, 256, 3] });
    const convolved = (images: SymbolicTensor, filters: number) =>
      tf.layers.conv2d({ filters, kernelSize: 3, padding: "same" }).apply(images) as SymbolicTensor;
    const parts = channels.map((count) => convolved(input, count));
    const joined = tf.layers.concatenate().apply(parts) as SymbolicTensor;
    const model = tf.model({ inputs: input, outputs: convolved(joined, filters) });
    assertEquals(parametersOf(model).length, 6);
    assertCompiledGradients(tf, model, { shape: [8, 128, 256, 3] });
  });
}
