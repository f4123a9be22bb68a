import { cpus, release, totalmem, type } from "node:os";
import { dirname, join, resolve } from "node:path";
import sharp from "sharp";
import {
  decodeLabels,
  encodePng,
  LABELS,
  openDataset,
  saveCheckpoint,
  type TensorFlow,
  unet,
  writeSyntheticDataset,
} from "../../lib/mod.ts";
import config from "../../deno.json" with { type: "json" };
import { cacheFolder, exists, runCommand, virtualEnvironment } from "../../lib/system/mod.ts";
import { UsageError } from "../_command.ts";
import type { Bench, BenchFrames } from "./contenders.ts";
import type { Machine } from "./report.ts";

/** cityscapesScripts needs a function that numpy 2.4 no longer has. */
const PACKAGES = [
  ...["torch", "torchvision", "pillow", "numpy<2.4", "safetensors", "cython", "setuptools"],
];
/** Its package lacks the source of its Cython extension, a checkout has it. */
const SCRIPTS = "cityscapesScripts";
const CLASSES = 19;
const FRAMES = { train: 16, val: 1 };
const SIZE = { width: 2048, height: 1024 };
/** The side of what counts as one object, in pixels: some dozens of them are in a frame. */
const TILE = 256;
/** As many frames as Cityscapes' split `val` has are prepared and scored: each under several names. */
const FRAMES_IN_ALL = 500;
/** How far predictions are beside the truth, in pixels. */
const SHIFT = 24;

/**
 * Makes the virtual environment with the peers, once; the bench and the referee share it.
 *
 * @param checkout Where the source of cityscapesScripts is, to build its extension.
 * @returns Its Python.
 * @throws {UsageError} if there is no such checkout.
 * @throws {Error} with what pip said last.
 */
export async function peersPython(
  checkout: string | undefined,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<string> {
  if (checkout && !exists(join(checkout, "setup.py"))) {
    throw new UsageError(`Cannot find a checkout of ${SCRIPTS} in ${checkout}: it has no setup.py`);
  }
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

/** Writes the weights that a U-Net of a base width starts with, for everyone to predict by. */
export async function writeWeights(tf: TensorFlow, width: number, path: string): Promise<void> {
  const model = unet(tf, CLASSES, { width });
  await saveCheckpoint(path, { model, state: { step: 0, epoch: 1, seconds: 0, seed: 0 } });
  model.dispose();
}

/**
 * Frames at Cityscapes' size with instance ids, and predictions of them: the truth, shifted.
 *
 * @param given The folder of Cityscapes; without it frames are drawn.
 * @param folder An empty folder.
 * @throws {UsageError} if there are no frames, or none of that size.
 */
export async function framesFor(
  given: string | undefined,
  folder: string,
  log: (text: string) => void,
  signal: AbortSignal,
): Promise<BenchFrames> {
  const drawn = join(folder, "drawn"), root = join(folder, "frames");
  if (!given) {
    log(`drawing ${FRAMES.train} frames of ${SIZE.width}x${SIZE.height}`);
    await writeSyntheticDataset(drawn, { frames: FRAMES, ...SIZE, signal });
  }
  const originals = await openDataset("cityscapes", given ?? drawn).frames("train");
  if (originals.length === 0) throw new UsageError(`Cannot find train frames in ${given}`);
  const made = join(folder, "made"), predictions = join(folder, "predictions");
  await Deno.mkdir(made);
  for (const [index, { id, image, labels }] of originals.slice(0, FRAMES_IN_ALL).entries()) {
    signal.throwIfAborted();
    const { ids, width, height } = await decodeLabels(labels!);
    if (width !== SIZE.width || height !== SIZE.height) {
      const wanted = `expected ${SIZE.width}x${SIZE.height}`;
      throw new UsageError(`Cannot measure on ${labels}: it is ${width}x${height}, ${wanted}`);
    }
    const shifted = Uint8Array.from(ids, (_, i) => ids[(i + SHIFT) % ids.length]!);
    const prediction = join(made, `${id}.png`), instances = join(made, `${id}_instanceIds.png`);
    await Deno.writeFile(prediction, await encodePng(shifted, { ...SIZE, channels: 1 }));
    // Real frames have instance ids only in the archive, drawn ones none: both are given some.
    await Deno.writeFile(instances, await instancesOf(ids as Uint8Array));
    for (let number = index; number < FRAMES_IN_ALL; number += originals.length) {
      const copy = copyName(id, number), city = copy.split("_")[0]!;
      const labelled = join(root, "gtFine/train", city, `${copy}_gtFine`);
      await link(image, join(root, "leftImg8bit/train", city, `${copy}_leftImg8bit.png`));
      await link(labels!, `${labelled}_labelIds.png`);
      await link(instances, `${labelled}_instanceIds.png`);
      await link(prediction, join(predictions, `${copy}.png`));
    }
  }
  return { root, predictions, count: FRAMES_IN_ALL };
}

/** The name of a copy of a frame, whose sequence is its number. */
function copyName(id: string, number: number): string {
  const [city, , frame] = id.split("_");
  return `${city}_${`${number}`.padStart(6, "0")}_${frame}`;
}

async function link(to: string, path: string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.symlink(resolve(to), path);
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
from importlib.metadata import PackageNotFoundError, version
names = ("torch", "torchvision", "pillow", "cityscapesScripts")
versions = {"Python": platform.python_version()}
for name in names:
    try:
        versions[name] = version(name)
    except PackageNotFoundError:
        pass
cython = False
try:
    from cityscapesscripts.evaluation import evalPixelLevelSemanticLabeling as official
    cython = official.CSUPPORT
except BaseException:  # it may also end the process
    pass
print(json.dumps({"versions": versions, "cython": cython}))
`;

/** What the bench runs on, and whether cityscapesScripts has its extension. */
export async function describeMachine(
  { python, device }: Pick<Bench, "python" | "device">,
  tensorflow: string,
): Promise<{ machine: Machine; cython: boolean }> {
  const result = await runCommand(python, ["-c", VERSIONS]);
  if (result?.code !== 0) {
    const reason = result?.stderr ?? "it cannot be run";
    throw new UsageError(`Cannot ask ${python} for its packages: ${reason}`);
  }
  const { versions: peers, cython } = JSON.parse(result.stdout.trim().split("\n").at(-1)!);
  const processors = cpus();
  const machine = {
    processor: processors[0]?.model ?? "unknown processor",
    cores: processors.length,
    memoryGb: Math.round(totalmem() / 1e9),
    system: `${type()} ${release()}`,
    ...device === "gpu" && { gpu: await gpuName() },
    versions: {
      denoscapes: await ownVersion(),
      Deno: Deno.version.deno,
      TensorFlow: tensorflow,
      ...peers,
    },
  };
  return { machine, cython };
}

/** This library's version, and in a clone the commit, with a plus sign if its files were changed. */
async function ownVersion(): Promise<string> {
  const root = resolve(import.meta.dirname!, "../..");
  // Not that of a repository around it.
  const place = [`--git-dir=${join(root, ".git")}`, `--work-tree=${root}`];
  const description = ["describe", "--always", "--exclude=*", "--dirty=+"];
  const commit = await runCommand("git", [...place, ...description]);
  return commit?.code === 0 ? `${config.version} (${commit.stdout.trim()})` : config.version;
}

async function gpuName(): Promise<string> {
  const query = ["--query-gpu=name", "--format=csv,noheader"];
  const result = await runCommand("nvidia-smi", query);
  return result?.code === 0 ? result.stdout.split("\n")[0]!.trim() : "unknown GPU";
}
