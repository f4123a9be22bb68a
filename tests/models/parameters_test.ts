import { assertEquals } from "@std/assert";
import { engine, parametersOf } from "../../lib/mod.ts";

Deno.test("each weight has a name of its own, also in layers within layers", async () => {
  const tf = await engine();
  const inner = tf.sequential({
    name: "inner",
    layers: ["a", "b"].map((name) =>
      tf.layers.conv2d({ name, filters: 2, kernelSize: 1, inputShape: [4, 4, 2] })
    ),
  });
  const model = tf.sequential({
    layers: [inner, tf.layers.conv2d({ name: "out", filters: 1, kernelSize: 1 })],
  });
  const names = parametersOf(model).map(({ name }) => name);
  assertEquals(
    names,
    ["inner.a", "inner.b", "out"].flatMap((path) => [
      `${path}.weight`,
      `${path}.bias`,
    ]),
  );
  model.dispose();
});

Deno.test("kernels are turned to PyTorch's layout, whatever their rank", async () => {
  const tf = await engine();
  const model = tf.sequential({
    layers: [
      tf.layers.conv1d({ name: "line", filters: 2, kernelSize: 3, inputShape: [8, 5] }),
      tf.layers.reshape({ targetShape: [6, 2, 1] }),
      tf.layers.conv2dTranspose({ name: "up", filters: 3, kernelSize: [2, 1] }),
      tf.layers.depthwiseConv2d({ name: "each", kernelSize: [4, 2] }),
      tf.layers.flatten(),
      tf.layers.dense({ name: "out", units: 7 }),
    ],
  });
  const shapes = parametersOf(model)
    .filter(({ variable }) => variable.rank > 1)
    .map(({ name, variable, torchAxes }) => [name, torchAxes.map((axis) => variable.shape[axis])]);
  // Those of torch.nn.Conv1d(5, 2, 3), ConvTranspose2d(1, 3, (2, 1)), Conv2d(3, 3, (4, 2), groups=3)
  // and Linear(12, 7).
  assertEquals(shapes, [
    ["line.weight", [2, 5, 3]],
    ["up.weight", [1, 3, 2, 1]],
    ["each.depthwise_kernel", [3, 1, 4, 2]],
    ["out.weight", [7, 12]],
  ]);
  model.dispose();
});

Deno.test("both directions of a bidirectional layer have names", async () => {
  const tf = await engine();
  const layer = tf.layers.gru({ units: 2, inputShape: [3, 2] });
  const model = tf.sequential({
    // The types of the package say less than what it takes.
    layers: [tf.layers.bidirectional({ name: "both", layer: layer as never, inputShape: [3, 2] })],
  });
  const names = parametersOf(model).map(({ name }) => name);
  assertEquals(names.length, 6);
  assertEquals(new Set(names).size, 6);
  model.dispose();
});

Deno.test("frozen layers are not trained, however they were frozen", async () => {
  const tf = await engine();
  const conv = (name: string, trainable: boolean) =>
    tf.layers.conv2d({ name, filters: 2, kernelSize: 1, inputShape: [4, 4, 2], trainable });
  const model = tf.sequential({
    layers: [conv("frozen", false), conv("later", true), conv("on", true)],
  });
  model.getLayer("later").trainable = false;
  const trained = parametersOf(model).filter(({ trainable }) => trainable);
  assertEquals(trained.map(({ name }) => name), ["on.weight", "on.bias"]);
  model.dispose();
});
