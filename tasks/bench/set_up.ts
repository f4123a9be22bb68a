import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { decodeLabels, encodePng, openDataset, writeSyntheticDataset } from "../../lib/mod.ts";
import { cacheFolder, exists, runCommand, virtualEnvironment } from "../../lib/system/mod.ts";
import type { Bench } from "./contenders.ts";
import type { Machine } from "./report.ts";

const PACKAGES = ["torch", "torchvision", "pillow", "numpy", "cython", "setuptools"];
/** Its package lacks the source of its Cython extension, a checkout has it. */
const SCRIPTS = "cityscapesScripts";
const FRAMES = { train: 16, val: 1 };
const SIZE = { width: 2048, height: 1024 };
/** How far predictions are beside the truth, in pixels. */
const SHIFT = 24;

/**
 * Makes the virtual environment with the peers, once.
 *
 * @param checkout Where the source of cityscapesScripts is, to build its extension.
 * @returns Its Python.
 * @throws {Error} with what pip said last.
 */
export async function peersPython(
  checkout: string | undefined,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  return await virtualEnvironment({
    folder: join(cacheFolder(), "bench-python"),
    installs: [PACKAGES, ["--no-build-isolation", checkout ? resolve(checkout) : SCRIPTS]],
  }, {
    onInstall: () =>
      log("installing PyTorch and the others into a virtual environment (about 5 GB, once)"),
    env: checkout ? { CYTHONIZE_EVAL: "1" } : {},
    signal,
  });
}

/**
 * Frames at Cityscapes' size, and predictions of them: the truth, shifted.
 *
 * @param given The folder of Cityscapes; without it frames are drawn.
 */
export async function framesFor(
  given: string | undefined,
  folder: string,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<Bench["frames"]> {
  const root = given ?? join(folder, "frames"), predictions = join(folder, "predictions");
  if (!given && !exists(root)) {
    log(`drawing ${FRAMES.train} frames of ${SIZE.width}x${SIZE.height}`);
    await writeSyntheticDataset(root, { frames: FRAMES, ...SIZE, signal });
  }
  const frames = await openDataset("cityscapes", root).frames("train");
  await Deno.mkdir(predictions, { recursive: true });
  for (const { id, labels } of frames) {
    const { ids } = await decodeLabels(labels!);
    const shifted = Uint8Array.from(ids, (_, i) => ids[(i + SHIFT) % ids.length]!);
    const png = await encodePng(shifted, { ...SIZE, channels: 1 });
    await Deno.writeFile(join(predictions, `${id}.png`), png);
  }
  return { root, predictions, count: frames.length };
}

const VERSIONS = `
import json, platform
from importlib.metadata import version
from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
names = ("torch", "torchvision", "pillow", "cityscapesScripts")
versions = {"Python": platform.python_version(), **{name: version(name) for name in names}}
print(json.dumps({"versions": versions, "cython": official.CSUPPORT}))
`;

/** What the bench runs on, and whether cityscapesScripts has its extension. */
export async function describeMachine(
  python: string,
  tensorflow: string,
): Promise<{ machine: Machine; cython: boolean }> {
  const result = await runCommand(python, ["-c", VERSIONS]);
  if (result?.code !== 0) throw new Error(`Cannot describe the peers: ${result?.stderr}`);
  const { versions: peers, cython } = JSON.parse(result.stdout);
  const versions = { Deno: Deno.version.deno, TensorFlow: tensorflow, ...peers };
  const processors = cpus();
  const processor = processors[0]?.model ?? "unknown processor";
  return { machine: { processor, cores: processors.length, versions }, cython };
}
