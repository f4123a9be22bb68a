import { assertEquals } from "@std/assert";
import { engine } from "../../lib/mod.ts";
import { AttributeType, DataType } from "../../lib/tensorflow/data_type.ts";
import type { EagerContext } from "../../lib/tensorflow/eager_context.ts";
import { Graph } from "../../lib/tensorflow/graph.ts";
import { GraphTrace } from "../../lib/tensorflow/graph_trace.ts";
import {
  AVX2,
  AVX512,
  KERNEL_OP,
  MachineCode,
  WRITTEN_OP,
} from "../../lib/tensorflow/machine_code/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import type { OpAttribute } from "../../lib/tensorflow/op_attributes.ts";
import type { TensorMetadata } from "../../lib/tensorflow/tensor_handles.ts";
import { VECTOR_ISAS } from "./_vector_isas.ts";

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
const DOUBLING = CONVOLUTION.map((attribute) =>
  attribute.name === "strides" ? { ...attribute, value: [1, 2, 2, 1] } : attribute
);
const NORMALIZATION: OpAttribute[] = [
  TYPE,
  CHANNELS_LAST,
  { name: "U", type: AttributeType.TYPE, value: DataType.FLOAT },
  { name: "is_training", type: AttributeType.BOOL, value: true },
];

/**
 * The machine as if its processor had oneDNN's kernels and perhaps machine code, so that all machines
 * trace the same.
 */
async function context(machineCode?: MachineCode): Promise<EagerContext> {
  const { context } = nodeBackend(await engine()).binding;
  return Object.create(context, {
    machineCode: { value: machineCode },
    bfloat16: { value: "fast" },
    slowConvolutions: { value: false },
    byOneDnn: { value: true },
    onGpu: { value: false },
  });
}

/** Describes tensors from outside, of which there are none. */
function noTensor(id: number): TensorMetadata {
  throw new Error(`there is no tensor ${id}`);
}

/** A trace, the names of the ops that it adds to its graph, and short ways to add some. */
function spied(trace: GraphTrace) {
  const { graph } = trace;
  const names: string[] = [];
  const operation = graph.operation.bind(graph);
  graph.operation = (call) => {
    names.push(call.name);
    return operation(call);
  };
  const op = (name: string, inputs: number[], attributes = [TYPE], outputs = 1) =>
    trace.executeOp(name, attributes, inputs, outputs);
  const input = (...shape: number[]): TensorMetadata =>
    trace.input({ shape, dtype: DataType.FLOAT });
  return { names, op, input };
}

const [{ missing }] = VECTOR_ISAS as [typeof VECTOR_ISAS[0]];
const byCode = { ignore: missing };

Deno.test(
  "convolutions are machine code, but not for XLA nor of odd channels",
  byCode,
  async () => {
    const cases = [
      { channels: 16, xla: false, name: KERNEL_OP },
      { channels: 16, xla: true, name: "Conv2D" },
      { channels: 12, xla: false, name: "Conv2D" },
    ];
    for (const { channels, xla, name } of cases) {
      const code = new MachineCode(AVX2, 2);
      using trace = new GraphTrace(await context(code), noTensor, { xla });
      const { names, op, input } = spied(trace);
      const images = input(1, 32, 64, channels), filter = input(3, 3, channels, channels);
      const [result] = op("Conv2D", [images.id, filter.id], CONVOLUTION);
      assertEquals(result!.shape, [1, 32, 64, channels]);
      const expected = name === KERNEL_OP ? [name, name] : [name];
      assertEquals(names.filter((name) => ["Conv2D", KERNEL_OP].includes(name)), expected);
    }
  },
);

Deno.test(
  "in bfloat16 convolutions with their biases, normalizations and ReLUs are machine code with AMX",
  byCode,
  async () => {
    const others = ["Conv2D", "FusedBatchNormV3", "Relu", "Conv2DBackpropInput", "Add"];
    for (const hasBfloat16 of [true, false]) {
      const code = new MachineCode(AVX512, 2, { hasBfloat16 });
      using trace = new GraphTrace(await context(code), noTensor, { precision: "bf16" });
      const { names, op, input } = spied(trace);
      const images = input(1, 32, 64, 16), filter = input(3, 3, 16, 16), rows = input(16);
      const [convolved] = op("Conv2D", [images.id, filter.id], CONVOLUTION);
      const inputs = [convolved!.id, ...Array(4).fill(rows.id)];
      const [normalized] = op("FusedBatchNormV3", inputs, NORMALIZATION, 6);
      const [relu] = op("Relu", [normalized!.id]);
      const sizes = trace.createTensor([4], DataType.INT32, Int32Array.of(1, 64, 128, 16));
      const [doubled] = op(
        "Conv2DBackpropInput",
        [sizes, input(2, 2, 16, 16).id, relu!.id],
        DOUBLING,
      );
      assertEquals(doubled!.shape, [1, 64, 128, 16]);
      assertEquals(op("Add", [doubled!.id, rows.id])[0]!.shape, [1, 64, 128, 16]);
      assertEquals(names.includes(KERNEL_OP), hasBfloat16);
      assertEquals(names.filter((name) => others.includes(name)), hasBfloat16 ? [] : others);
    }
  },
);

Deno.test(
  "a convolution that doubles images is machine code, with its gradients",
  byCode,
  async () => {
    using trace = new GraphTrace(await context(new MachineCode(AVX512, 2)), noTensor);
    const { names, op, input } = spied(trace);
    const ints = (...sizes: number[]) =>
      trace.createTensor([4], DataType.INT32, Int32Array.from(sizes));
    const small = input(2, 32, 64, 32), filter = input(2, 2, 16, 32);
    const [large] = op(
      "Conv2DBackpropInput",
      [ints(2, 64, 128, 16), filter.id, small.id],
      DOUBLING,
    );
    const [ofSmall] = op("Conv2D", [large!.id, filter.id], DOUBLING);
    const [ofFilter] = op(
      "Conv2DBackpropFilter",
      [large!.id, ints(2, 2, 16, 32), small.id],
      DOUBLING,
    );
    const shapes = [large, ofSmall, ofFilter].map((tensor) => tensor!.shape);
    assertEquals(shapes, [[2, 64, 128, 16], [2, 32, 64, 32], [2, 2, 16, 32]]);
    assertEquals([...new Set(names)].sort(), [KERNEL_OP, WRITTEN_OP, "Empty"].sort());
  },
);

Deno.test("equal constants of int32 are one in a graph, unless their shapes differ", async () => {
  using graph = new Graph(await context());
  const vector = graph.ints([1, 2], [2]);
  assertEquals(graph.ints([1, 2], [2]) === vector, true);
  assertEquals(graph.shapeOf(graph.ints([1, 2], [1, 2])), [1, 2]);
  assertEquals(graph.intsOf(graph.ints([2, 1], [2])), [2, 1]);
});

Deno.test("sizes that are known only when it runs leave a gradient alone", async () => {
  using trace = new GraphTrace(await context(), noTensor);
  const { names, op, input } = spied(trace);
  const sizes = trace.input({ shape: [4], dtype: DataType.INT32 });
  const images = input(1, 16, 32, 64), filter = input(3, 3, 64, 64);
  op("Conv2DBackpropFilter", [images.id, sizes.id, images.id], CONVOLUTION);
  op("Conv2DBackpropInput", [sizes.id, filter.id, images.id], CONVOLUTION);
  assertEquals(names, ["Conv2DBackpropFilter", "Conv2DBackpropInput"]);
});

Deno.test("a large ReLU is computed again on the way back, but not for XLA", async () => {
  for (const xla of [false, true]) {
    using trace = new GraphTrace(await context(), noTensor, { xla });
    const { names, ...added } = spied(trace);
    normalizeLarge(added);
    const way = ["FusedBatchNormV3", "Relu"];
    assertEquals(names, [...way, ...(xla ? [] : way), "ReluGrad"]);
  }
});

Deno.test(
  "machine code normalizes with the ReLU, and once more on the way back",
  byCode,
  async () => {
    const code = new MachineCode(AVX2, 2);
    {
      using trace = new GraphTrace(await context(code), noTensor);
      const { names, ...added } = spied(trace);
      normalizeLarge(added);
      // Two tasks sum, one makes statistics, and two each write what is normalized without a ReLU and
      // with it; then once more.
      const kernels = names.filter((name) => name === KERNEL_OP).length;
      assertEquals(kernels, 2 + 1 + 4 + 4);
      assertEquals(names.filter((name) => /Norm|^Relu$/.test(name)), []);
      assertEquals(code.size, 6);
    }
    assertEquals(code.size, 0);
  },
);

/** Adds a normalization of large images, its ReLU and that one's gradient. */
function normalizeLarge({ op, input }: Pick<ReturnType<typeof spied>, "op" | "input">): void {
  const images = input(8, 128, 256, 16);
  const statistics = Array.from({ length: 4 }, () => input(16).id);
  const normalization = [images.id, ...statistics];
  const [normalized] = op("FusedBatchNormV3", normalization, NORMALIZATION, 6);
  const [relu] = op("Relu", [normalized!.id]);
  op("ReluGrad", [images.id, relu!.id]);
}

Deno.test(
  "images that were joined are convolved as the tensors that they are of",
  byCode,
  async () => {
    using trace = new GraphTrace(await context(new MachineCode(AVX2, 1)), noTensor);
    const { graph } = trace;
    const taken: number[][][] = [];
    const operation = graph.operation.bind(graph);
    graph.operation = (call) => {
      if (call.name === KERNEL_OP) taken.push(call.inputs.map((input) => graph.shapeOf(input)));
      return operation(call);
    };
    const { op, input } = spied(trace);
    const constant = (shape: number[], ...values: number[]) =>
      trace.createTensor(shape, DataType.INT32, Int32Array.from(values));
    const parts = [0, 1].map(() => input(1, 16, 16, 16).id);
    const join = [{ name: "N", type: AttributeType.INT, value: 2 }, TYPE];
    const [joined] = op("ConcatV2", [...parts, constant([], 3)], join);
    const filter = input(3, 3, 32, 48).id, gradient = input(1, 16, 16, 48).id;
    op("Conv2D", [joined!.id, filter], CONVOLUTION);
    op("Conv2DBackpropFilter", [joined!.id, constant([4], 3, 3, 32, 48), gradient], CONVOLUTION);
    const images = [1, 16, 16, 16], result = [1, 16, 16, 48];
    assertEquals(taken.map((shapes) => shapes.slice(0, 3)), [
      [images, images, [3, 3, 32, 48]],
      [images, images, result],
    ]);
  },
);

Deno.test("gradients through large joined images are taken part by part, but not for XLA", async () => {
  for (const xla of [false, true]) {
    using trace = new GraphTrace(await context(), noTensor, { xla });
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
