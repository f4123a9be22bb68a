import { assert, assertEquals, assertNotEquals, assertRejects } from "@std/assert";
import { encode } from "fast-png";
import {
  cityscapes,
  decodeImage,
  imagePath,
  labelIdsPath,
  parseSample,
  prepare,
  type PrepareOptions,
  resizeArea,
  resizeNearest,
} from "../../lib/mod.ts";
import { type Folder, withFolder } from "./_folder.ts";

const FRAMES = 6;
const SOURCE = { width: 12, height: 6 }, SIZE = { width: 5, height: 4 };
const idOf = (index: number) => parseSample(`a_000000_00000${index}`);

/** Writes frame `index`: noise that depends on `salt`, and labels of some classes and void. */
async function writeFrame({ write }: Folder, index: number, salt = 0): Promise<void> {
  const count = SOURCE.width * SOURCE.height;
  const pixels = Uint8Array.from(
    { length: count * 3 },
    (_, i) => (i * 7919 + index * 31 + salt) % 256,
  );
  const ids = Uint8Array.from({ length: count }, (_, i) => [7, 8, 0, 11, 33, 9][(i + index) % 6]!);
  await write(
    `set/${imagePath("train", idOf(index))}`,
    encode({ ...SOURCE, channels: 3, data: pixels }),
  );
  await write(
    `set/${labelIdsPath("train", idOf(index))}`,
    encode({ ...SOURCE, channels: 1, data: ids }),
  );
}

async function withSet(
  work: (
    folder: Folder,
    open: (options?: Partial<PrepareOptions>) => ReturnType<typeof prepare>,
  ) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    for (let index = 0; index < FRAMES; index++) await writeFrame(folder, index);
    const dataset = cityscapes(folder.at("set"));
    const prepared = folder.at("prepared");
    await work(
      folder,
      (options) => prepare(dataset, "train", { size: SIZE, folder: prepared, ...options }),
    );
  });
}

/** Spoils a frame's files, but for what tells that they have changed: their sizes and times. */
async function spoil({ at }: Folder, index: number): Promise<void> {
  for (const name of [imagePath, labelIdsPath]) {
    const path = at("set", name("train", idOf(index)));
    const { size, mtime } = await Deno.stat(path);
    await Deno.writeFile(path, new Uint8Array(size));
    await Deno.utime(path, mtime!, mtime!);
  }
}

for (const images of ["nearest", "area"] as const) {
  Deno.test(`prepare() packs images by ${images} and labels by nearest, void as 255`, () =>
    withSet(async (_, open) => {
      const packed = await open({ images });
      const pixels = SIZE.width * SIZE.height;
      assertEquals([packed.width, packed.height, packed.frames.length], [5, 4, FRAMES]);
      const resize = images === "area" ? resizeArea : resizeNearest<Uint8Array>;
      for (const [index, { image, labels }] of packed.frames.entries()) {
        const { pixels: values, width, height } = await decodeImage(image);
        const expected = resize({ values, width, height, channels: 3 }, SIZE);
        const start = index * pixels;
        assertEquals(packed.images.subarray(start * 3, (start + pixels) * 3), expected);
        const ids = Uint8Array.from(
          { length: SOURCE.width * SOURCE.height },
          (_, i) => [0, 1, 255, 2, 18, 255][(i + index) % 6]!,
        );
        const trainIds = resizeNearest({ values: ids, ...SOURCE, channels: 1 }, SIZE);
        assertEquals(packed.labels.subarray(start, start + pixels), trainIds);
        assert(labels);
      }
    }));
}

Deno.test("prepare() takes images with transparency, which sharp decodes", () =>
  withSet(async ({ at, write }, open) => {
    const name = `set/${imagePath("train", idOf(0))}`;
    const data = Uint8Array.from(
      { length: SOURCE.width * SOURCE.height * 4 },
      (_, i) => i * 7 % 256,
    );
    await write(name, encode({ ...SOURCE, channels: 4, data }));
    const { pixels: values } = await decodeImage(at(name));
    const expected = resizeNearest({ values, ...SOURCE, channels: 3 }, SIZE);
    assertEquals((await open()).images.subarray(0, expected.length), expected);
  }));

Deno.test("a prepared set is opened without decoding a file again", () =>
  withSet(async (folder, open) => {
    const first = await open();
    for (let index = 0; index < FRAMES; index++) await spoil(folder, index);
    const onProgress = () => assert(false, "nothing is to be done");
    assertEquals(await open({ onProgress }), first);
  }));

Deno.test("a preparation that was interrupted goes on without decoding a frame twice", () =>
  withSet(async (folder, open) => {
    const expected = await open({ folder: folder.at("elsewhere") });
    const controller = new AbortController();
    const { signal } = controller;
    let done = 0;
    const onProgress = () => ++done === 3 && controller.abort(new Error("stopped"));
    await assertRejects(() => open({ signal, onProgress }), Error, "stopped");
    const [set] = [...Deno.readDirSync(folder.at("prepared"))];
    const ready = await Deno.readFile(folder.at("prepared", set!.name, "ready.u8"));
    const finished = [...ready.keys()].filter((index) => ready[index] === 1);
    assert(finished.length >= 3 && finished.length < FRAMES, `${finished.length} frames`);
    // Were one of them decoded again, it would fail.
    for (const index of finished) await spoil(folder, index);
    assertEquals(await open(), expected);
  }));

Deno.test("a source file that has changed is prepared anew", () =>
  withSet(async (folder, open) => {
    const before = await open();
    await writeFrame(folder, 2, 100);
    const later = new Date(Date.now() + 5000);
    await Deno.utime(folder.at("set", imagePath("train", idOf(2))), later, later);
    const after = await open();
    assertNotEquals(after.images, before.images);
    assertEquals(after.labels, before.labels);
  }));

Deno.test("sets of another size or another resampling are kept apart", () =>
  withSet(async (folder, open) => {
    await open();
    await open({ images: "area" });
    await open({ size: { width: 4, height: 4 } });
    assertEquals([...Deno.readDirSync(folder.at("prepared"))].length, 3);
  }));

Deno.test("a broken frame stops the preparation, which goes on when it is mended", () =>
  withSet(async (folder, open) => {
    const labels = folder.at("set", labelIdsPath("train", idOf(3)));
    const good = await Deno.readFile(labels);
    await Deno.writeFile(labels, good.subarray(0, 60));
    await assertRejects(() => open(), Error, `Cannot read the labels ${labels}: `);
    await Deno.writeFile(labels, good);
    assertEquals((await open()).frames.length, FRAMES);
  }));

Deno.test("two processes' preparations at the same time make one set", () =>
  withSet(async (_, open) => {
    const [a, b] = await Promise.all([open(), open()]);
    assertEquals(a, b);
  }));

Deno.test("frames without labels cannot be prepared", () =>
  withFolder(async (folder) => {
    const data = encode({
      ...SOURCE,
      channels: 3,
      data: new Uint8Array(SOURCE.width * SOURCE.height * 3),
    });
    const path = await folder.write(imagePath("test", idOf(0)), data);
    const options = { size: SIZE, folder: folder.at("prepared") };
    const preparing = () => prepare(cityscapes(folder.at()), "test", options);
    await assertRejects(preparing, Error, `Cannot prepare ${path}: it has no labels`);
  }));

Deno.test("labels of another meaning are prepared by themselves", () =>
  withFolder(async (folder) => {
    for (let index = 0; index < FRAMES; index++) await writeFrame(folder, index);
    const dataset = cityscapes(folder.at("set"));
    const options = { size: SIZE, folder: folder.at("prepared") };
    const first = await prepare(dataset, "train", options);
    const space = { ...dataset.space, trainIds: new Map([[7, 1], [8, 0], [11, 0], [33, 0]]) };
    for (const id of [0, 9]) space.trainIds.set(id, 255);
    const second = await prepare({ ...dataset, space }, "train", options);
    const swapped = first.labels.map((label) => label === 255 ? 255 : label === 0 ? 1 : 0);
    assertEquals(second.labels, swapped);
    assertEquals(await prepare(dataset, "train", options), first);
  }));

Deno.test("sizes and ways to resize that there cannot be are refused, and leave nothing", () =>
  withSet(async ({ at }, open) => {
    for (const width of [0, -32, 20.5, NaN]) {
      const size = { width, height: 4 };
      await assertRejects(() => open({ size }), RangeError, `as a width, got ${width}`);
    }
    const huge = { width: 100_000, height: 50_000 };
    await assertRejects(() => open({ size: huge }), RangeError, "pixels, got 100000x50000");
    const images = "bilinear" as "area";
    await assertRejects(() => open({ images }), RangeError, "of nearest, area, got bilinear");
    await assertRejects(() => Deno.stat(at("prepared")), Deno.errors.NotFound);
  }));
