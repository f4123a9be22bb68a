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
