import { join, resolve } from "node:path";
import { cacheFolder, exists, findPython, runCommand } from "../system/mod.ts";
import { buildFor, cachedBuildFolder, makeCacheFolder } from "./cached_build.ts";
import { faultOfCuda, faultOfFolder } from "./library_folder.ts";
import { isTooOld, OLDEST_TENSORFLOW } from "./platform.ts";
import { pipOf, tensorflowOf } from "./python.ts";

/** The environment variable that names a folder with TensorFlow's libraries. */
export const FOLDER_VARIABLE = "DENOSCAPES_TENSORFLOW";

/** A driver that hangs answers never. */
const DRIVER_TIMEOUT_MS = 10_000;

/** What came of looking in one place. */
export interface Finding {
  /** Where was looked. */
  place: "environment" | "cache" | "python" | "pip";
  /**
   * - `found`: it is there and looks whole;
   * - `absent`: nothing is there;
   * - `unsuitable`: something is there that does not serve, `detail` says why;
   * - `fetchable`: it is not there yet and can be fetched from there.
   */
  state: "found" | "absent" | "unsuitable" | "fetchable";
  /** One sentence for people. */
  detail: string;
  /** The folder with the libraries, where `state` is `"found"`. */
  folder?: string;
}

/** What is looked for. */
export interface LibraryWish {
  /** Whether a build that can use an NVIDIA GPU is needed. */
  cuda: boolean;
}

/**
 * Looks for TensorFlow's libraries in the folder that the environment names, in this project's
 * cache, in the machine's Python, and at last asks whether pip could fetch them. A folder that the
 * environment names is the only one looked at.
 *
 * @param wish What the libraries must be able to do.
 * @returns One finding for each place looked at, in order; the last is the one to use, unless it is
 *   `absent` or `unsuitable`.
 */
export async function findLibrary(wish: LibraryWish): Promise<Finding[]> {
  const named = Deno.env.get(FOLDER_VARIABLE);
  if (named) return [inEnvironment(named)];
  const findings: Finding[] = [{
    place: "environment",
    state: "absent",
    detail: `${FOLDER_VARIABLE} is not set`,
  }];
  for (const look of [inCache, inPython, withPip]) {
    const finding = await look(wish);
    findings.push(finding);
    if (finding.state === "found") break;
  }
  return findings;
}

/** Whether `nvidia-smi` lists an NVIDIA GPU. */
export async function hasNvidiaGpu(): Promise<boolean> {
  try {
    const signal = AbortSignal.timeout(DRIVER_TIMEOUT_MS);
    const result = await runCommand("nvidia-smi", ["-L"], { signal });
    return result?.code === 0 && result.stdout.includes("GPU");
  } catch (error) {
    if (error instanceof DOMException && error.name === "TimeoutError") return false;
    throw error;
  }
}

function inEnvironment(named: string): Finding {
  const folder = resolve(named);
  const fault = faultOfFolder(folder);
  const detail = fault
    ? `${FOLDER_VARIABLE} names ${folder}, but ${fault}; correct it or unset it`
    : `${FOLDER_VARIABLE} names ${folder}`;
  return fault
    ? { place: "environment", state: "unsuitable", detail }
    : { place: "environment", state: "found", detail, folder };
}

function inCache(wish: LibraryWish): Finding {
  // A CUDA build also computes on a CPU.
  const builds = wish.cuda ? [buildFor(wish)] : [buildFor(wish), buildFor({ cuda: true })];
  let unsuitable: Finding | undefined;
  for (const build of builds) {
    const folder = join(cachedBuildFolder(build), "tensorflow");
    const fault = faultOfFolder(folder);
    if (!fault) return { place: "cache", state: "found", detail: folder, folder };
    if (exists(folder)) {
      const detail = `${folder} is broken and will be replaced: ${fault}`;
      unsuitable ??= { place: "cache", state: "unsuitable", detail };
    }
  }
  const cpuOnly = join(cachedBuildFolder(buildFor({ cuda: false })), "tensorflow");
  const detail = wish.cuda && exists(cpuOnly)
    ? `${cpuOnly} is the CPU build, and there is a GPU`
    : `nothing fetched into ${cacheFolder()} yet`;
  return unsuitable ?? { place: "cache", state: "absent", detail };
}

async function inPython(wish: LibraryWish): Promise<Finding> {
  const place = "python";
  const python = await findPython();
  if (!python) return { place, state: "absent", detail: "no Python 3 on the path" };
  const found = await tensorflowOf(python);
  if (!found) return { place, state: "absent", detail: `${python} has no TensorFlow` };
  const { folder, version } = found;
  const what = `TensorFlow ${version} of ${python} in ${folder}`;
  const fault = isTooOld(version)
    ? `it is older than ${OLDEST_TENSORFLOW.join(".")}`
    : faultOfFolder(folder) ??
      (wish.cuda ? faultOfCuda(folder) : undefined);
  return fault
    ? { place, state: "unsuitable", detail: `${what}: ${fault}` }
    : { place, state: "found", detail: what, folder };
}

async function withPip(wish: LibraryWish): Promise<Finding> {
  const place = "pip";
  const build = buildFor(wish);
  try {
    await makeCacheFolder();
  } catch (error) {
    return { place, state: "unsuitable", detail: (error as Error).message };
  }
  const python = await findPython();
  if (!python) {
    const detail = "no Python 3 on the path to fetch TensorFlow with; install python3 and pip";
    return { place, state: "absent", detail };
  }
  const pip = await pipOf(python);
  if (!pip) {
    const detail = `${python} has no pip to fetch TensorFlow with; ` +
      "install it (Debian and Ubuntu: apt-get install python3-pip)";
    return { place, state: "absent", detail };
  }
  const what = `${build.package} ${build.version}${build.cuda ? " and its CUDA libraries" : ""}`;
  return { place, state: "fetchable", detail: `${pip} can fetch ${what}` };
}
