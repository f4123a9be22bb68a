import { cpus } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import sharp from "sharp";
import {
  decodeLabels,
  encodePng,
  LABELS,
  openDataset,
  writeSyntheticDataset,
} from "../../lib/mod.ts";
import { cacheFolder, exists, runCommand, virtualEnvironment } from "../../lib/system/mod.ts";
import type { BenchFrames } from "./contenders.ts";
import type { Machine } from "./report.ts";

/** cityscapesScripts needs a function that numpy 2.4 no longer has. */
const PACKAGES = [
  ...["torch", "torchvision", "pillow", "numpy<2.4", "safetensors", "cython", "setuptools"],
];
/** Its package lacks the source of its Cython extension, a checkout has it. */
const SCRIPTS = "cityscapesScripts";
const FRAMES = { train: 16, val: 1 };
const SIZE = { width: 2048, height: 1024 };
/** The side of what counts as one object, in pixels: some dozens of them are in a frame. */
const TILE = 256;
/** How often each frame is scored, under another name: datasets have hundreds, and that many count. */
const COPIES = 8;
/** How far predictions are beside the truth, in pixels. */
const SHIFT = 24;

/**
 * Makes the virtual environment with the peers, once; the bench and the referee share it.
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
    folder: join(cacheFolder(), checkout ? "peers-python-cython" : "peers-python"),
    installs: [PACKAGES, ["--no-build-isolation", checkout ? resolve(checkout) : SCRIPTS]],
  }, {
    onInstall: () =>
      log("installing PyTorch and the others into a virtual environment (about 5 GB, once)"),
    env: checkout ? { CYTHONIZE_EVAL: "1" } : {},
    signal,
  });
}

/**
 * Frames at Cityscapes' size with instance ids, and predictions of them: the truth, shifted.
 *
 * @param given The folder of Cityscapes; without it frames are drawn.
 */
export async function framesFor(
  given: string | undefined,
  folder: string,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<BenchFrames> {
  const root = given ?? join(folder, "frames");
  const predictions = join(folder, "predictions"), scored = join(folder, "scored");
  if (!given && !exists(root)) {
    log(`drawing ${FRAMES.train} frames of ${SIZE.width}x${SIZE.height}`);
    await writeSyntheticDataset(root, { frames: FRAMES, ...SIZE, signal });
  }
  const frames = await openDataset("cityscapes", root).frames("train");
  await Deno.mkdir(predictions, { recursive: true });
  for (const { id, image, labels } of frames) {
    const { ids } = await decodeLabels(labels!);
    const shifted = Uint8Array.from(ids, (_, i) => ids[(i + SHIFT) % ids.length]!);
    const png = await encodePng(shifted, { ...SIZE, channels: 1 });
    // Real frames have instance ids only in the archive, drawn ones none: both are given some.
    const instances = await instancesOf(ids as Uint8Array);
    for (let copy = 0; copy < COPIES; copy++) {
      const place = (path: string) => join(scored, copyName(relative(root, path), copy));
      await link(image, place(image));
      await link(labels!, place(labels!));
      await Deno.writeFile(place(labels!.replace("labelIds", "instanceIds")), instances);
      await Deno.writeFile(join(predictions, `${copyName(id, copy)}.png`), png);
    }
  }
  const toScore = await openDataset("cityscapes", scored).frames("train");
  return { root, scored, predictions, count: frames.length, scoredCount: toScore.length };
}

/** The name of a copy of a frame: its sequence begins with another digit. */
function copyName(name: string, copy: number): string {
  return name.replace("_0", `_${copy}`);
}

async function link(from: string, to: string): Promise<void> {
  await Deno.mkdir(dirname(to), { recursive: true });
  if (!exists(to)) await Deno.symlink(resolve(from), to);
}

/** A PNG of instance ids that takes what lies in a tile for one object of its class. */
async function instancesOf(labelIds: Uint8Array): Promise<Uint8Array> {
  const have = new Set(LABELS.filter(({ hasInstances }) => hasInstances).map(({ id }) => id));
  const data = Uint16Array.from(labelIds, (id, i) => {
    const x = i % SIZE.width, y = Math.floor(i / SIZE.width);
    const tile = Math.floor(y / TILE) * (SIZE.width / TILE) + Math.floor(x / TILE);
    return have.has(id) ? id * 1000 + tile : id;
  });
  // Filtered as Pillow filters, which wrote the real ones; that decides how long they take to decode.
  return await sharp(data, { raw: { ...SIZE, channels: 1 } })
    .toColourspace("grey16")
    .png({ adaptiveFiltering: true })
    .toBuffer();
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
