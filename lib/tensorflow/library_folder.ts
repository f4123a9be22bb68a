import { join } from "node:path";
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

/** Whether there is a file or folder. */
export function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    if (error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}
