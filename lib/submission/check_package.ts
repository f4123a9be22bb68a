import { basename } from "node:path";
import { CITYSCAPES, decodeLabels, type Frame, type ImageSize } from "../data/mod.ts";
import { type WorkOptions, ZipArchive } from "../system/mod.ts";

/** The size of the benchmark's images and of the predictions that it takes. */
export const BENCHMARK_SIZE: Readonly<ImageSize> = { width: 2048, height: 1024 };

/**
 * Reads a package as the Cityscapes benchmark's server does and checks it by its rules: one PNG for
 * each frame whose name begins with `<city>_<seq>_<frame>`, no other file, each of one channel at
 * 2048x1024 with label ids 0..33.
 *
 * @param path The zip.
 * @param frames The frames of the split.
 * @throws {Error} naming the first file that breaks a rule, or the first frame without one.
 */
export async function checkPackage(
  path: string,
  frames: readonly Frame[],
  { onProgress, signal }: WorkOptions = {},
): Promise<void> {
  const fail = (reason: string) => new Error(`Cannot submit ${path}: ${reason}`);
  await using archive = await ZipArchive.open(path);
  const missing = new Set(frames.map(({ id }) => id));
  const ids = new Set(missing);
  const { files } = archive;
  for (const [index, { name }] of files.entries()) {
    signal?.throwIfAborted();
    const id = /^([^_]+_\d{6}_\d{6})(?!\d).*\.png$/.exec(basename(name))?.[1];
    if (id === undefined || !ids.has(id)) throw fail(`${name} belongs to no frame of the split`);
    if (!missing.delete(id)) throw fail(`${name} is a second prediction of ${id}`);
    const fault = await faultOfPrediction(name, await archive.read(name));
    if (fault) throw fail(fault);
    onProgress?.({ task: "Checking", done: index + 1, total: files.length, unit: "files" });
  }
  const [first] = missing;
  if (first !== undefined) {
    throw fail(`${missing.size} frames have no prediction, the first is ${first}`);
  }
}

/** By label id, whether a prediction may have it. */
const KNOWN = new Uint8Array(256);
for (const { id } of CITYSCAPES.labels!) if (id >= 0) KNOWN[id] = 1;

/**
 * What is wrong with a prediction by the benchmark's rules.
 *
 * @param name What it is called.
 * @param content Its bytes.
 * @returns A sentence that begins with its name; `undefined` if nothing is wrong.
 */
export async function faultOfPrediction(
  name: string,
  content: Uint8Array,
): Promise<string | undefined> {
  const image = await decodeLabels(name, content).catch((error: Error) => error);
  if (image instanceof Error) return image.message;
  const { ids, width, height } = image;
  if (width !== BENCHMARK_SIZE.width || height !== BENCHMARK_SIZE.height) {
    return `${name} is ${width}x${height}, expected ${BENCHMARK_SIZE.width}x${BENCHMARK_SIZE.height}`;
  }
  for (const id of ids) if (KNOWN[id] !== 1) return `${name} has the unknown label id ${id}`;
}
