import { join } from "node:path";
import { cacheFolder } from "../system/mod.ts";
import { type PlatformBuild, platformBuild } from "./platform.ts";

/** The build that this machine takes. */
export function buildFor({ cuda }: { cuda: boolean }): PlatformBuild {
  return platformBuild({ os: Deno.build.os, arch: Deno.build.arch, gpu: cuda });
}

/** The folder of the cache in which a build is kept; the libraries lie in its `tensorflow/`. */
export function cachedBuildFolder(build: PlatformBuild): string {
  const kind = build.cuda ? "cuda" : "cpu";
  const name = `tensorflow-${build.version}-${kind}-${Deno.build.os}-${Deno.build.arch}`;
  return join(cacheFolder(), name);
}

/**
 * Makes the folder of the cache if it is absent.
 *
 * @returns Its path.
 * @throws {Error} if it cannot be written.
 */
export async function makeCacheFolder(): Promise<string> {
  const folder = cacheFolder();
  try {
    await Deno.mkdir(folder, { recursive: true });
    await Deno.remove(await Deno.makeTempFile({ dir: folder, prefix: ".writable-" }));
  } catch (error) {
    throw new Error(
      `Cannot write the cache ${folder}: ${(error as Error).message}; ` +
        "set XDG_CACHE_HOME to a folder that can be written",
      { cause: error },
    );
  }
  return folder;
}
