import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { join, resolve } from "node:path";
import { removeIfThere } from "../system/mod.ts";

/**
 * Writes a model as `model.json` and `weights.bin` in tfjs's layers format. Models of this library
 * consist of tfjs's own layers in it, so that any tfjs loads them, in a browser too.
 *
 * @param model The model.
 * @param folder Where to write; made if it is absent. A `model.json` there is always that of a whole
 *   model.
 */
export async function exportLayers(model: LayersModel, folder: string): Promise<void> {
  await Deno.mkdir(folder, { recursive: true });
  const temporary = await Deno.makeTempDir({ dir: folder, prefix: ".export-" });
  try {
    await model.save(`file://${resolve(temporary)}`);
    // An older export's, which must not be seen beside the new weights.
    await removeIfThere(join(folder, "model.json"));
    for (const name of ["weights.bin", "model.json"]) {
      await Deno.rename(join(temporary, name), join(folder, name));
    }
  } finally {
    await Deno.remove(temporary, { recursive: true });
  }
}
