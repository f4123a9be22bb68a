import type { LayersModel, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  decodeImage,
  type Frame,
  Predictor,
  resizeImage,
  RUN_FILES,
  type RunFolder,
  type TensorFlow,
  writeCoursePackage,
} from "../../lib/mod.ts";
import { runCommand, ZipArchive } from "../../lib/system/mod.ts";

const SCRIPT = fileURLToPath(new URL("course_package.py", import.meta.url));

/** How far PyTorch is from this library. */
export interface CourseVerdict {
  /** The greatest difference of logits, by class. */
  logits: number[];
  /** The share of the pixels that the package takes for the same class. */
  package: number;
  /** The same by the safetensors checkpoint, loaded as it is. */
  checkpoint: number;
}

/**
 * Writes a run's course package, unpacks it into an empty folder, and lets PyTorch predict with it.
 *
 * @param python A Python with PyTorch.
 * @param subject The run with its model, the frames to predict, and an empty folder.
 */
export async function refereeCoursePackage(
  python: string,
  tf: TensorFlow,
  { run, model, frames, folder, classes }: {
    run: RunFolder;
    model: LayersModel;
    frames: readonly Frame[];
    folder: string;
    classes: number;
  },
): Promise<CourseVerdict> {
  const weights = join(run.path, RUN_FILES.best);
  const { model: network, frames: { size, images: resampling } } = run.config;
  const zip = join(folder, "package.zip"), unpacked = join(folder, "package");
  await writeCoursePackage(zip, { weights, model: { ...network, classes }, size, resampling });
  {
    await using archive = await ZipArchive.open(zip);
    await archive.unpack(unpacked);
  }

  using predictor = new Predictor(tf, model);
  const cases = [];
  for (const { id, image: path } of frames) {
    const image = await decodeImage(path);
    const pixels = resizeImage(image, size, resampling);
    const shape = [1, size.height, size.width] as const;
    const trainIds = await predictor.trainIds({ pixels, shape }, { size: image });
    const logits = tf.tidy(() => {
      const images: Tensor4D = tf.tensor4d(pixels, [...shape, 3], "int32").toFloat().div(255);
      return (model.predict(images) as Tensor4D).dataSync<"float32">();
    });
    const at = (name: string) => join(folder, `${id}.${name}`);
    await Deno.writeFile(
      at("logits"),
      new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength),
    );
    await Deno.writeFile(at("trainIds"), trainIds);
    cases.push({ image: path, logits: at("logits"), trainIds: at("trainIds") });
  }
  await Deno.writeTextFile(join(folder, "cases.json"), JSON.stringify(cases));
  const result = await runCommand(python, [SCRIPT, unpacked, weights, join(folder, "cases.json")]);
  if (result?.code !== 0) throw new Error(`PyTorch failed: ${result?.stderr}`);
  return JSON.parse(result.stdout);
}
