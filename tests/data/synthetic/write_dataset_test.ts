import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { join, relative } from "node:path";
import sharp from "sharp";
import {
  drawScene,
  writeSyntheticDataset,
  type WriteSyntheticDatasetOptions,
} from "../../../lib/data/synthetic/mod.ts";

const TINY: WriteSyntheticDatasetOptions = { frames: { train: 5, val: 2 }, width: 64, height: 32 };

async function withFolder(work: (root: string) => Promise<void>): Promise<void> {
  const root = await Deno.makeTempDir();
  try {
    await work(root);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function listFiles(folder: string, root = folder): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) found.push(...await listFiles(path, root));
    else found.push(relative(root, path));
  }
  return found.sort();
}

Deno.test("writeSyntheticDataset() writes Cityscapes' folders and names", () =>
  withFolder(async (root) => {
    await writeSyntheticDataset(root, TINY);
    const files = await listFiles(root);
    assertEquals(files.length, 2 * 7 + 1);
    assert(files.includes("synthetic.json"));
    const images = files.filter((file) => file.startsWith("leftImg8bit"));
    const cities = { train: new Set<string>(), val: new Set<string>() };
    for (const image of images) {
      const name = /^leftImg8bit\/(train|val)\/([a-z]+)\/\2_\d{6}_000019_leftImg8bit\.png$/;
      const [, split, city] = image.match(name)!;
      cities[split as "train" | "val"].add(city!);
      assert(
        files.includes(image.replaceAll("leftImg8bit", "gtFine").replace(".png", "_labelIds.png")),
      );
    }
    assertEquals(images.filter((image) => image.includes("/train/")).length, 5);
    assert(cities.train.isDisjointFrom(cities.val));
  }));

Deno.test("writeSyntheticDataset() writes RGB images and greyscale labels as they are drawn", () =>
  withFolder(async (root) => {
    await writeSyntheticDataset(root, { frames: { train: 1, val: 1 }, seed: 0 });
    const path = (folder: string, kind: string) =>
      join(root, folder, "train", "ahornfeld", `ahornfeld_000000_000019_${kind}.png`);
    const scene = drawScene(0);
    const labels = sharp(path("gtFine", "gtFine_labelIds"));
    const { width, height, channels, depth, space } = await labels.metadata();
    assertEquals([width, height, channels, depth, space], [512, 256, 1, "uchar", "b-w"]);
    const ids = await labels.toColourspace("b-w").raw().toBuffer();
    assertEquals(new Uint8Array(ids), scene.labelIds);
    const image = await sharp(path("leftImg8bit", "leftImg8bit")).raw().toBuffer();
    assertEquals(new Uint8Array(image), scene.image);
  }));

Deno.test("writeSyntheticDataset() draws what its seed says, and other frames for val", () =>
  withFolder(async (root) => {
    const frames = { train: 1, val: 1 };
    const read = async (folder: string, split: string, city: string) => {
      const path = join(root, folder, "leftImg8bit", split, city);
      return await Deno.readFile(join(path, `${city}_000000_000019_leftImg8bit.png`));
    };
    for (const [folder, seed] of [["a", 1], ["b", 1], ["c", 2]] as const) {
      await writeSyntheticDataset(join(root, folder), { ...TINY, frames, seed });
    }
    const train = await read("a", "train", "ahornfeld");
    assertEquals(train, await read("b", "train", "ahornfeld"));
    assertNotEquals(train, await read("c", "train", "ahornfeld"));
    assertNotEquals(train, await read("a", "val", "ulmenrode"));
  }));

Deno.test("writeSyntheticDataset() draws what is missing and leaves the rest alone", () =>
  withFolder(async (root) => {
    await writeSyntheticDataset(root, TINY);
    const files = (await listFiles(root)).map((file) => join(root, file));
    const before = new Map(
      await Promise.all(
        files.map(async (file) => [file, await Deno.readFile(file)] as const),
      ),
    );
    const [missing, kept] = [files[0]!, files.at(-2)!];
    await Deno.remove(missing);
    await Deno.writeTextFile(kept, "kept");
    const counts: number[] = [];
    await writeSyntheticDataset(root, { ...TINY, onProgress: ({ done }) => counts.push(done) });
    assertEquals(await Deno.readFile(missing), before.get(missing));
    assertEquals(await Deno.readTextFile(kept), "kept");
    assertEquals(counts, [1, 2, 3, 4, 5, 6, 7]);
  }));

Deno.test("writeSyntheticDataset() refuses a folder that was drawn otherwise", () =>
  withFolder(async (root) => {
    await writeSyntheticDataset(root, TINY);
    for (const other of [{ seed: 2 }, { width: 32 }, { frames: { train: 6, val: 2 } }]) {
      const error = await assertRejects(
        () => writeSyntheticDataset(root, { ...TINY, ...other }),
        Error,
      );
      assert(error.message.startsWith(`Cannot draw into ${root}: `), error.message);
      assert(error.message.endsWith("; remove the folder or choose another"), error.message);
    }
  }));

Deno.test("writeSyntheticDataset() refuses a folder with a data set that was not drawn", () =>
  withFolder(async (root) => {
    await Deno.mkdir(join(root, "gtFine"));
    await assertRejects(() => writeSyntheticDataset(root, TINY), Error, "got one with gtFine");
    assertEquals((await listFiles(root)).length, 0);
  }));

Deno.test("writeSyntheticDataset() leaves complete files when it is aborted, and goes on", () =>
  withFolder(async (root) => {
    const abort = new AbortController();
    const options = { ...TINY, signal: abort.signal };
    await assertRejects(
      () => writeSyntheticDataset(root, { ...options, onProgress: () => abort.abort() }),
      DOMException,
      "abort",
    );
    const files = await listFiles(root);
    assert(files.length < 15, `${files.length} files`);
    for (const file of files.filter((file) => file.endsWith(".png"))) {
      await sharp(join(root, file)).raw().toBuffer(); // reads to the end
    }
    assert(files.every((file) => !file.endsWith(".part")), files.join());
    await writeSyntheticDataset(root, TINY);
    assertEquals((await listFiles(root)).length, 15);
  }));

Deno.test("writeSyntheticDataset() refuses numbers of frames that there cannot be", () =>
  withFolder(async (folder) => {
    const root = join(folder, "set");
    for (const train of [NaN, -1, 0.5]) {
      await assertRejects(
        () => writeSyntheticDataset(root, { frames: { train, val: 1 } }),
        RangeError,
        `as frames of train, got ${train}`,
      );
    }
    await assertRejects(() => Deno.stat(root), Deno.errors.NotFound);
  }));
