import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import {
  barFigure,
  CITYSCAPES,
  engine,
  lineFigure,
  type MimeBundle,
  pictures,
  plot,
  PreparedFrames,
  Sample,
  show,
  showLabels,
  unet,
} from "../../lib/mod.ts";
import { framesBundle, sampleBundle } from "../../lib/jupyter/data_bundles.ts";
import { DISPLAY, type Displayable } from "../../lib/jupyter/kernel.ts";
import { modelBundle, tensorBundle } from "../../lib/jupyter/tensor_bundle.ts";

const tf = await engine();

async function htmlOf(shown: Displayable | MimeBundle): Promise<string> {
  const bundle = DISPLAY in shown ? await (shown as Displayable)[DISPLAY]() : shown;
  return (bundle as MimeBundle)["text/html"] as string;
}

/** The size that a PNG's header says. */
function pngSize(base64: string): { width: number; height: number } {
  const bytes = Uint8Array.fromBase64(base64);
  assertEquals([...bytes.subarray(1, 4)], [..."PNG"].map((letter) => letter.charCodeAt(0)));
  const view = new DataView(bytes.buffer);
  return { width: view.getUint32(16), height: view.getUint32(20) };
}

Deno.test("a tensor shows dtype, shape, range, mean and first values", async () => {
  const { "text/plain": text } = await tensorBundle(tf.tensor2d([[0.5, 1], [3, 1.5]]));
  assertEquals(text, "Tensor float32 [2, 2], 0.5..3, mean 1.5\n[0.5, 1, 3, 1.5]");
});

Deno.test("a tensor shows NaN apart, and strings, emptiness and disposal", async () => {
  const text = async (tensor: Parameters<typeof tensorBundle>[0]) =>
    (await tensorBundle(tensor))["text/plain"] as string;
  assertStringIncludes(await text(tf.tensor1d([NaN, 2, 4])), "2..4, mean 3, 1 of 3 NaN");
  assertStringIncludes(await text(tf.tensor1d([NaN])), "1 of 1 NaN");
  assertStringIncludes(await text(tf.tensor1d(["a", "b"])), "[a, b]");
  assertStringIncludes(await text(tf.zeros([0, 3])), "empty");
  const gone = tf.scalar(1);
  gone.dispose();
  assertStringIncludes(await text(gone), "disposed");
});

Deno.test("a model shows its layers and how many weights they have", () => {
  const model = unet(tf, 19);
  const bundle = modelBundle(model);
  assertStringIncludes(bundle["text/plain"] as string, "1,945,827 weights");
  assertEquals((bundle["text/html"] as string).split("<tr>").length - 2, model.layers.length);
  model.dispose();
});

Deno.test("a sample shows its image and truth beside each other", async () => {
  const image = { pixels: new Uint8Array(8 * 4 * 3), width: 8, height: 4 };
  const sample = new Sample({ id: "one", image, labels: new Uint8Array(32), space: CITYSCAPES });
  const { width, height } = pngSize((await sampleBundle(sample))["image/png"] as string);
  assert(width > 2 * height, `${width}x${height}`);
});

Deno.test("a set shows the share of the pixels of each class", async () => {
  const frames = new PreparedFrames({
    ...{ width: 2, height: 2, images: new Uint8Array(12), labels: Uint8Array.of(0, 0, 13, 255) },
    frames: [{ id: "one", image: "one.png" }],
  }, { split: "val", space: CITYSCAPES });
  const text = (await framesBundle(frames))["text/plain"] as string;
  assertStringIncludes(text, "val: 1 frames of 2x2");
  assertMatch(text, /road +50\.00 %/);
  assertMatch(text, /car +25\.00 %/);
  assertMatch(text, /void +25\.00 %/);
});

Deno.test("the label table has the 35 official rows", async () => {
  assertEquals((await htmlOf(showLabels(CITYSCAPES))).split("<tr>").length - 2, 35);
});

Deno.test("plot() gives one HTML with a picture and the script that replaces it", async () => {
  const figure = lineFigure([{ series: [{ name: "</script><b>", x: [1, 2], y: [3, 4] }] }]);
  const bundle = await plot(figure)[DISPLAY]();
  const html = bundle["text/html"] as string;
  const [, png] = /<img src="data:image\/png;base64,([^"]+)"/.exec(html)!;
  assert(pngSize(png!).width > 600);
  // Nothing in the figure ends the script.
  assertEquals(html.split("</script>").length, 2);
  assert(!html.includes("http:") && !html.includes("https:"));
  const vendor = bundle["application/vnd.plotly.v1+json"] as typeof figure;
  assertEquals(vendor.data, figure.data);
});

Deno.test("plot() draws bars too", async () => {
  const figure = barFigure(["road", "car"], [{ name: "IoU", values: [0.9, 0.5] }]);
  assertMatch(await htmlOf(plot(figure)), /<img src="data:image\/png;base64,/);
});

Deno.test("pictures() gives a PNG, which every front end shows", async () => {
  const image = { pixels: new Uint8Array(12).fill(255), width: 2, height: 2 };
  const bundle = await pictures({ columns: ["input"], rows: [{ images: [image] }] })[DISPLAY]();
  assert(pngSize(bundle["image/png"] as string).width > 0);
});

Deno.test("show() prints the text where there is no notebook", async () => {
  const { log } = console;
  const lines: unknown[] = [];
  console.log = (line) => lines.push(line);
  try {
    await show(showLabels(CITYSCAPES));
  } finally {
    console.log = log;
  }
  assertEquals(lines.length, 1);
  assertMatch(String(lines[0]), /road +7 +0 +flat +yes/);
});
