import { join } from "node:path";
import { runCommand, type WorkOptions } from "../system/mod.ts";
import type { PlatformBuild } from "./platform.ts";

/** Options of {@linkcode downloadWheel}. */
export interface DownloadWheelOptions extends WorkOptions {
  /** The Python whose pip downloads. */
  python: string;
  /** A folder of ours, into which the wheel is put. */
  temporary: string;
  /** The platform that the wheel must be for. */
  build: PlatformBuild;
}

const POLL_MS = 500;
/** The oldest Python that TensorFlow's current wheels are made for: any serves, we take no Python. */
const WHEEL_PYTHON = { version: "3.11", abi: "cp311" };

/**
 * Downloads a wheel with pip, whose configuration (mirrors, proxies, certificates) thereby counts.
 *
 * @param requirement What to download, such as `"tensorflow-cpu==2.21.0"`.
 * @returns The wheel's path.
 * @throws {Error} with the last line of what pip said.
 */
export async function downloadWheel(
  requirement: string,
  options: DownloadWheelOptions,
): Promise<string> {
  const { python, temporary, build, onProgress, signal } = options;
  const folder = await Deno.makeTempDir({ dir: temporary, prefix: "wheel-" });
  let total: number | undefined;
  const report = async () => {
    const done = await bytesIn(folder);
    onProgress?.({
      task: `Fetching ${requirement.split(/[=<>,]/)[0]}`,
      done: total === undefined ? done : Math.min(done, total),
      ...(total !== undefined && { total }),
      unit: "bytes",
    });
  };
  const timer = setInterval(report, POLL_MS);
  const result = await runCommand(python, pipArguments(requirement, folder, build), {
    // pip writes a download here before it moves it to its place.
    env: { TMPDIR: folder },
    onOutput: (text) => total ??= announcedBytes(text),
    signal,
  }).finally(() => clearInterval(timer));
  if (result?.code !== 0) {
    const lines = result?.stderr.trim().split("\n") ?? [];
    // pip announces what it did not expect with this line; the last one then says what it was.
    const said = lines.findLast((line) => /ERROR: (?!Exception:)/.test(line)) ?? lines.at(-1);
    throw new Error(
      `Cannot fetch ${requirement} with ${python} -m pip: ${said}. ` +
        "Check the network, or name a folder with TensorFlow's libraries in DENOSCAPES_TENSORFLOW",
    );
  }
  await report();
  for await (const entry of Deno.readDir(folder)) {
    if (entry.name.endsWith(".whl")) return join(folder, entry.name);
  }
  throw new Error(`Cannot fetch ${requirement}: pip succeeded but left no wheel`);
}

function pipArguments(requirement: string, folder: string, build: PlatformBuild): string[] {
  const { version, abi } = WHEEL_PYTHON;
  return [
    ...["-m", "pip", "download", requirement, "--dest", folder, "--no-deps", "--no-cache-dir"],
    ...["--only-binary=:all:", "--implementation", "cp", "--python-version", version],
    ...["--abi", abi, "--abi", "none"],
    ...build.tags.flatMap((tag) => ["--platform", tag]),
    ...["--progress-bar", "off", "--disable-pip-version-check", "--no-input"],
  ];
}

/** The size in pip's line `Downloading x.whl (273.8 MB)`, in bytes. */
function announcedBytes(text: string): number | undefined {
  const match = /\.whl \(([\d.]+) ([kMG]?B)\)/.exec(text);
  if (!match) return undefined;
  const scale = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9 }[match[2]!];
  return scale && Number(match[1]) * scale;
}

/** The bytes of all files in a folder and its folders; a file that goes meanwhile counts nothing. */
async function bytesIn(folder: string): Promise<number> {
  let sum = 0;
  try {
    for await (const entry of Deno.readDir(folder)) {
      const path = join(folder, entry.name);
      sum += entry.isDirectory ? await bytesIn(path) : (await Deno.stat(path)).size;
    }
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return sum;
}
