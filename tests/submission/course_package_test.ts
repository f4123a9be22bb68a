import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import type { Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { BlobReader, ZipReader } from "@zip.js/zip.js";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type CoursePackage,
  encodeSafetensors,
  engine,
  type ImageSize,
  type Resampling,
  resizeImage,
  writeCoursePackage,
} from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

/** What process_data.py made of an image and of logits, all in base64. */
interface ProcessCase {
  images: Resampling;
  size: [width: number, height: number];
  pixels: string;
  batch: string;
  logits: string;
  trainIds: string;
}

const IMAGE: ImageSize = { width: 24, height: 12 };
const CLASSES = 5;

for (const { images, size: [width, height], ...bytes } of golden<ProcessCase[]>("course_package")) {
  Deno.test(`process_data.py does what the library does: ${images} at ${width}x${height}`, async () => {
    const pixels = Uint8Array.fromBase64(bytes.pixels);
    const resized = resizeImage({ pixels, ...IMAGE }, { width, height }, images);
    assertEquals(resized.toBase64(), bytes.batch);

    const tf = await engine();
    const logits = new Float32Array(Uint8Array.fromBase64(bytes.logits).buffer);
    const trainIds = tf.tidy(() => {
      const logits_BHWK: Tensor4D = tf.tensor4d(logits, [1, height, width, CLASSES]);
      const to: [number, number] = [IMAGE.height, IMAGE.width];
      return tf.image.resizeBilinear(logits_BHWK, to, false, true).argMax<Tensor3D>(-1).dataSync();
    });
    assertEquals(Uint8Array.from(trainIds).toBase64(), bytes.trainIds);
  });
}

const SMALL: CoursePackage = {
  weights: fileURLToPath(new URL("../golden/unet_small.safetensors", import.meta.url)),
  model: { name: "unet", width: 2, depth: 1, classes: 3 },
  size: { width: 64, height: 32 },
  resampling: "area",
};

/** Writes a package and gives the files in it. */
async function sourcesOf(subject: CoursePackage): Promise<Record<string, string>> {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "a.zip"), again = join(folder, "b.zip");
    await writeCoursePackage(path, subject);
    await writeCoursePackage(again, subject);
    assertEquals(await Deno.readFile(path), await Deno.readFile(again));
    const file = new Blob([await Deno.readFile(path)]);
    const reader = new ZipReader(new BlobReader(file), { checkSignature: true });
    const sources: Record<string, string> = {};
    for (const entry of await reader.getEntries()) {
      if (entry.directory) continue;
      sources[entry.filename] = new TextDecoder().decode(await entry.arrayBuffer());
    }
    await reader.close();
    return sources;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("writeCoursePackage() writes the run's model and its way of preparing", async () => {
  const sources = await sourcesOf(SMALL);
  assertEquals(Object.keys(sources).sort(), ["model.pth", "model.py", "process_data.py"]);
  assertMatch(sources["model.py"]!, /^CLASSES, WIDTH, DEPTH = 3, 2, 1$/m);
  assertMatch(sources["process_data.py"]!, /^SIZE = \(64, 32\) {2}# width, height$/m);
  assertMatch(sources["process_data.py"]!, /^IMAGES = "area" {2}# how/m);
});

Deno.test("writeCoursePackage() knows Passthrough", async () => {
  const weights = await Deno.makeTempFile({ suffix: ".safetensors" });
  const shapes = { "out.weight": [3, 3, 1, 1], "out.bias": [3] };
  const tensors = new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size);
      return [name, { data: new Float32Array(count), shape }];
    }),
  );
  await Deno.writeFile(weights, encodeSafetensors({ tensors, metadata: {} }));
  const model = { name: "passthrough", width: 16, depth: 4, classes: 3 } as const;
  const sources = await sourcesOf({ ...SMALL, weights, model });
  await Deno.remove(weights);
  assertMatch(sources["model.py"]!, /^CLASSES = 3$/m);
});

Deno.test("writeCoursePackage() refuses weights of another network", async () => {
  const path = await Deno.makeTempFile({ suffix: ".zip" });
  await assertRejects(
    () => writeCoursePackage(path, { ...SMALL, model: { ...SMALL.model, width: 4 } }),
    Error,
    "expected a U-Net of width 4 and depth 1 for 3 classes, got a U-Net of width 2 and depth 1 for 3",
  );
  await Deno.remove(path);
});
