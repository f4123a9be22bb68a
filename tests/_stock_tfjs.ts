// Loads an exported model in stock tfjs on its CPU backend and prints the classes that it predicts:
//   deno run -R -E _stock_tfjs.ts FOLDER IMAGES.json
// The images are RGB, 0..255, of one shape [B, H, W, 3]. No engine of ours is in this process.

import * as tf from "@tensorflow/tfjs";

const [folder, images] = Deno.args as [string, string];
const model = JSON.parse(await Deno.readTextFile(`${folder}/model.json`));
const { buffer: weightData } = await Deno.readFile(`${folder}/weights.bin`);
const [{ weights: weightSpecs }] = model.weightsManifest;
await tf.setBackend("cpu");
const loaded = await tf.loadLayersModel(
  tf.io.fromMemory({ modelTopology: model.modelTopology, weightSpecs, weightData }),
);
const { shape, pixels } = JSON.parse(await Deno.readTextFile(images));
const batch = tf.tensor4d(Uint8Array.fromBase64(pixels), shape, "float32").div(255);
const logits = loaded.predict(batch) as tf.Tensor4D;
console.log(JSON.stringify(Array.from(logits.argMax(-1).dataSync())));
