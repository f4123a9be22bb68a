import { join } from "node:path";
import { findPython, withFileLock, type WorkOptions } from "../system/mod.ts";
import { cachedBuildFolder, makeCacheFolder } from "./cached_build.ts";
import { faultOfFolder } from "./library_folder.ts";
import { libraryFileNames, type PlatformBuild } from "./platform.ts";
import { downloadWheel } from "./download_wheel.ts";
import { Wheel } from "./wheel.ts";

/** What is unpacked of the `nvidia-*` wheels: libraries, and what XLA compiles kernels with. */
const CUDA_FILES = /^nvidia\/[^/]+\/(lib\/.*\.so|bin\/ptxas$|nvvm\/libdevice\/)/;
const TEMPORARY = ".fetch-";

/**
 * Fetches TensorFlow's libraries into the project's cache with pip. They appear there in one
 * rename, complete; a second process waits for the first and finds its work done.
 *
 * @param build Which build to fetch.
 * @returns The folder with the libraries.
 * @throws {Error} if there is no Python with pip, no network, or no room, with pip's own words.
 */
export async function fetchLibrary(
  build: PlatformBuild,
  options: WorkOptions = {},
): Promise<string> {
  const { onProgress, signal } = options;
  const root = await makeCacheFolder();
  const target = cachedBuildFolder(build);
  return await withFileLock(join(root, ".lock"), async () => {
    const libraries = join(target, "tensorflow");
    // Another process may have put them there while this one waited.
    if (!faultOfFolder(libraries)) return libraries;
    await removeLeftovers(root);
    const temporary = await Deno.makeTempDir({ dir: root, prefix: TEMPORARY });
    try {
      await unpackBuild(build, temporary, options);
      const fault = faultOfFolder(join(temporary, "unpacked", "tensorflow"));
      if (fault) throw new Error(`Cannot use the wheel of ${build.package}: ${fault}`);
      await Deno.remove(target, { recursive: true }).catch(ignoreNotFound);
      await Deno.rename(join(temporary, "unpacked"), target);
    } finally {
      await Deno.remove(temporary, { recursive: true }).catch(ignoreNotFound);
    }
    return libraries;
  }, {
    onWait: () => onProgress?.({ task: "Waiting for another process to fetch", done: 0, unit: "" }),
    signal,
  });
}

async function unpackBuild(
  build: PlatformBuild,
  temporary: string,
  options: WorkOptions,
): Promise<void> {
  const python = await findPython();
  if (!python) throw new Error("Cannot fetch TensorFlow: no Python 3 on the path");
  const unpacked = join(temporary, "unpacked");
  const names: readonly string[] = libraryFileNames(Deno.build.os);
  const take = async (requirement: string, wanted: (entry: string) => boolean) => {
    const path = await downloadWheel(requirement, { ...options, python, temporary, build });
    await using wheel = await Wheel.open(path);
    await wheel.unpack(unpacked, { ...options, wanted });
    const needs = await wheel.requirementsOf("and-cuda");
    await Deno.remove(path);
    return needs;
  };
  const needs = await take(
    `${build.package}==${build.version}`,
    (entry) => names.some((name) => entry === `tensorflow/${name}`),
  );
  if (!build.cuda) return;
  for (const need of needs) await take(need, (entry) => CUDA_FILES.test(entry));
}

/** Removes what interrupted downloads left; the lock says that none is under way. */
async function removeLeftovers(root: string): Promise<void> {
  for await (const entry of Deno.readDir(root)) {
    if (entry.name.startsWith(TEMPORARY)) {
      await Deno.remove(join(root, entry.name), { recursive: true });
    }
  }
}

function ignoreNotFound(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
