import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { ImageSize, Resampling } from "../data/mod.ts";
import { writeAtomically } from "../system/mod.ts";
import {
  describeNetwork,
  type Network,
  networkOf,
  openWeights,
  readTensors,
} from "../training/mod.ts";
import passthroughSource from "./course_package/passthrough.py" with { type: "text" };
import processSource from "./course_package/process_data.py" with { type: "text" };
import unetSource from "./course_package/model.py" with { type: "text" };
import { encodeStateDict, ZIP_DATE } from "./state_dict.ts";

/** What a {@linkcode writeCoursePackage} is made of. */
export interface CoursePackage {
  /** The path of the checkpoint, which must be of the model. */
  weights: string;
  /** The model; width and depth are the U-Net's. */
  model: Network;
  /** The size that the model works at. */
  size: ImageSize;
  /** How images are brought to that size. */
  resampling: Resampling;
}

/**
 * Writes what the course's server takes, a zip for PyTorch: `model.py`, whose `Model()` is the network;
 * `model.pth`, its `state_dict`; `process_data.py`, whose `preprocess` and `postprocess` do what this
 * library does before the model and after it.
 *
 * @param path The zip; one that is there is replaced when the new one is complete. The same model gives
 *   the same bytes.
 * @throws {Error} if the checkpoint is broken or of another network.
 */
export async function writeCoursePackage(
  path: string,
  { weights, model, size, resampling }: CoursePackage,
): Promise<void> {
  using file = await openWeights(weights);
  const found = describeNetwork(networkOf(file));
  const expected = describeNetwork(model);
  if (found !== expected) {
    throw new Error(`Cannot package ${weights}: expected ${expected}, got ${found}`);
  }
  const { classes, width, depth } = model;
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    extendedTimestamp: false,
    lastModDate: ZIP_DATE,
  });
  const add = (name: string, content: Uint8Array | string) =>
    zip.add(
      name,
      new Uint8ArrayReader(
        typeof content === "string" ? new TextEncoder().encode(content) : content,
      ),
    );
  await add(
    "model.py",
    model.name === "unet"
      ? withConstants(unetSource, { "CLASSES, WIDTH, DEPTH": `${classes}, ${width}, ${depth}` })
      : withConstants(passthroughSource, { CLASSES: `${classes}` }),
  );
  await add("model.pth", await encodeStateDict(readTensors(file.tensors)));
  await add(
    "process_data.py",
    withConstants(processSource, {
      SIZE: `(${size.width}, ${size.height})`,
      IMAGES: `"${resampling}"`,
    }),
  );
  await writeAtomically(path, await zip.close());
}

/** Python source in which the constants at the line's start have other values; comments stay. */
function withConstants(source: string, constants: Record<string, string>): string {
  let changed = source;
  for (const [names, value] of Object.entries(constants)) {
    const line = new RegExp(`^${names} = .*?(?=  #|$)`, "m");
    if (!line.test(changed)) throw new Error(`Cannot write the package: ${names} is nowhere set`);
    changed = changed.replace(line, `${names} = ${value}`);
  }
  return changed;
}
