import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import type { EagerContext } from "../../lib/tensorflow/eager_context.ts";
import { GraphTrace } from "../../lib/tensorflow/graph_trace.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import type { TensorMetadata } from "../../lib/tensorflow/tensor_handles.ts";

const TYPE: OpAttribute = { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT };
const CHANNELS_LAST: OpAttribute = {
  name: "data_format",
  type: AttributeType.STRING,
  value: "NHWC",
};
const CONVOLUTION: OpAttribute[] = [
  TYPE,
  { name: "strides", type: AttributeType.INT, value: [1, 1, 1, 1] },
  { name: "padding", type: AttributeType.STRING, value: "SAME" },
  CHANNELS_LAST,
];
const NORMALIZATION: OpAttribute[] = [
  TYPE,
  CHANNELS_LAST,
  { name: "U", type: AttributeType.TYPE, value: DataType.FLOAT },
  { name: "is_training", type: AttributeType.BOOL, value: true },
];

/** The machine as if its processor had oneDNN's kernels, so that all machines trace the same. */
async function context(): Promise<EagerContext> {
  const { context } = nodeBackend(await engine()).binding;
  return Object.create(context, {
    worthWinograd: { value: { convolution: 150, filterGradient: 150 } },
    slowConvolutions: { value: false },
    byOneDnn: { value: true },
    onGpu: { value: false },
  });
}

/** A trace, the names of the ops that it adds to its graph, and short ways to add some. */
function spied(trace: GraphTrace) {
  const { graph } = trace;
  const names: string[] = [];
  const operation = graph.operation.bind(graph);
  graph.operation = (name, call) => {
    names.push(name);
    return operation(name, call);
  };
  const op = (name: string, inputs: number[], attributes = [TYPE], outputs = 1) =>
    trace.executeOp(name, attributes, inputs, outputs, () => {
      throw new Error("no tensor is from outside");
    });
  const input = (...shape: number[]): TensorMetadata =>
    trace.input({ shape, dtype: DataType.FLOAT });
  return { names, op, input };
}

Deno.test("a convolution of many channels is computed by products, but not for XLA or of few", async () => {
  const cases = [
    { channels: 64, xla: false, name: "BatchMatMulV2" },
    { channels: 64, xla: true, name: "Conv2D" },
    { channels: 16, xla: false, name: "Conv2D" },
  ];
  for (const { channels, xla, name } of cases) {
    using trace = new GraphTrace(await context(), { xla });
    const { names, op, input } = spied(trace);
    const images = input(1, 32, 64, channels), filter = input(3, 3, channels, channels);
    const [result] = op("Conv2D", [images.id, filter.id], CONVOLUTION);
    assertEquals(result!.shape, [1, 32, 64, channels]);
    assertEquals(names.filter((name) => ["Conv2D", "BatchMatMulV2"].includes(name)), [name]);
  }
});

Deno.test("sizes that are known only when it runs leave a gradient alone", async () => {
  using trace = new GraphTrace(await context());
  const { names, op, input } = spied(trace);
  const sizes = trace.input({ shape: [4], dtype: DataType.INT32 });
  const images = input(1, 16, 32, 64), filter = input(3, 3, 64, 64);
  op("Conv2DBackpropFilter", [images.id, sizes.id, images.id], CONVOLUTION);
  op("Conv2DBackpropInput", [sizes.id, filter.id, images.id], CONVOLUTION);
  assertEquals(names, ["Conv2DBackpropFilter", "Conv2DBackpropInput"]);
});

Deno.test("a large ReLU is computed again on the way back, but not for XLA", async () => {
  for (const xla of [false, true]) {
    using trace = new GraphTrace(await context(), { xla });
    const { names, op, input } = spied(trace);
    const images = input(8, 128, 256, 16);
    const statistics = Array.from({ length: 4 }, () => input(16).id);
    const normalization = [images.id, ...statistics];
    const [normalized, mean] = op("FusedBatchNormV3", normalization, NORMALIZATION, 6);
    const meanBefore = trace.outputOf(mean!.id, () => mean!);
    const [relu] = op("Relu", [normalized!.id]);
    op("ReluGrad", [images.id, relu!.id]);
    // With oneDNN the ReLU is computed with the normalization, of which its mean is then a result.
    assertEquals(trace.resultOf(mean!.id, () => mean!) === meanBefore, xla);
    const way = ["FusedBatchNormV3", xla ? "Relu" : "_FusedBatchNormEx"];
    assertEquals(names, [...way, ...(xla ? [] : way), "ReluGrad"]);
  }
});

Deno.test("gradients through large joined images are taken part by part, but not for XLA", async () => {
  for (const xla of [false, true]) {
    using trace = new GraphTrace(await context(), { xla });
    const { names, op, input } = spied(trace);
    const sizes = (...values: number[]) => {
      const bytes = Int32Array.from(values);
      return trace.createTensor([values.length], DataType.INT32, bytes);
    };
    const axis = trace.createTensor([], DataType.INT32, Int32Array.of(3));
    const parts = [16, 16].map((channels) => input(8, 128, 256, channels).id);
    const filter = input(3, 3, 32, 16), gradient = input(8, 128, 256, 16);
    const join = [{ name: "N", type: AttributeType.INT, value: 2 }, TYPE];
    const [joined] = op("ConcatV2", [...parts, axis], join);
    op("Conv2DBackpropFilter", [joined!.id, sizes(3, 3, 32, 16), gradient.id], CONVOLUTION);
    const whole = [sizes(8, 128, 256, 32), filter.id, gradient.id];
    const [images] = op("Conv2DBackpropInput", whole, CONVOLUTION);
    const split = [{ name: "num_split", type: AttributeType.INT, value: 2 }, TYPE];
    const given = op("SplitV", [images!.id, sizes(16, 16), axis], split, 2);
    assertEquals(given.map(({ shape }) => shape), [[8, 128, 256, 16], [8, 128, 256, 16]]);
    const count = (name: string) => names.filter((other) => other === name).length;
    assertEquals(count("Conv2DBackpropFilter"), xla ? 1 : 2);
    assertEquals(count("Conv2DBackpropInput"), xla ? 1 : 3);
    assertEquals(count("SplitV"), xla ? 1 : 0);
  }
});
