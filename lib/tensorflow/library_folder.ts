import { join } from "node:path";
import { exists } from "../system/mod.ts";
import { faultOfElf } from "./elf.ts";
import { libraryFileNames } from "./platform.ts";

/** What keeps a folder's libraries from being loaded, or `undefined`. */
export function faultOfFolder(folder: string): string | undefined {
  if (!exists(folder)) return "there is no such folder";
  for (const name of libraryFileNames()) {
    const path = join(folder, name);
    if (!exists(path)) return `it has no ${name}`;
    const fault = Deno.build.os === "linux" ? faultOfElf(path) : undefined;
    if (fault) return `${name} cannot be loaded: ${fault}`;
  }
}

/** What keeps TensorFlow in a Python's folder from using an NVIDIA GPU, or `undefined`. */
export function faultOfCuda(folder: string): string | undefined {
  const info = join(folder, "python", "platform", "build_info.py");
  const isCudaBuild = exists(info) && /'is_cuda_build', True/.test(Deno.readTextFileSync(info));
  if (!isCudaBuild) return "it is built without CUDA, for which there is a GPU";
  // Where the wheels of the CUDA libraries are installed, they lie beside it.
  if (!exists(join(folder, "..", "nvidia"))) {
    return "it has no CUDA libraries beside it for the GPU";
  }
}
