import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import sharp from "sharp";
import { BENCHMARK_SIZE, checkPackage, type Frame, zipFolder } from "../../lib/mod.ts";
import { writeLabels } from "./_label_files.ts";

const FRAMES: Frame[] = ["berlin_000000_000019", "bonn_000001_000019"]
  .map((id) => ({ id, image: `${id}_leftImg8bit.png` }));
const ROAD = new Uint8Array(BENCHMARK_SIZE.width * BENCHMARK_SIZE.height).fill(7);

/** Changes a folder with a right prediction of each frame, packs it, and checks the package. */
async function check(change: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const { id } of FRAMES) {
      await writeLabels(join(folder, "in", `${id}_labelIds.png`), ROAD, BENCHMARK_SIZE);
    }
    await change(join(folder, "in"));
    const zip = join(folder, "predictions.zip");
    await zipFolder(join(folder, "in"), zip);
    await checkPackage(zip, FRAMES);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("checkPackage() takes a prediction of each frame, in folders or not", () =>
  check(async (folder) => {
    await Deno.mkdir(join(folder, "bonn"));
    const name = "bonn_000001_000019_labelIds.png";
    await Deno.rename(join(folder, name), join(folder, "bonn", name));
  }));

const FAULTS: Record<string, [change: (folder: string) => Promise<void>, message: string]> = {
  "a missing one": [
    (folder) => Deno.remove(join(folder, "bonn_000001_000019_labelIds.png")),
    "1 frames have no prediction, the first is bonn_000001_000019",
  ],
  "a second one": [
    (folder) => writeLabels(join(folder, "bonn_000001_000019.png"), ROAD, BENCHMARK_SIZE),
    "bonn_000001_000019_labelIds.png is a second prediction of bonn_000001_000019",
  ],
  "one of no frame": [
    (folder) => writeLabels(join(folder, "bonn_000001_0000190.png"), ROAD, BENCHMARK_SIZE),
    "bonn_000001_0000190.png belongs to no frame of the split",
  ],
  "one of another size": [
    (folder) => {
      const size = { width: 1024, height: 512 };
      return writeLabels(join(folder, "bonn_000001_000019_labelIds.png"), ROAD, size);
    },
    "bonn_000001_000019_labelIds.png is 1024x512, expected 2048x1024",
  ],
  "an unknown label id": [
    async (folder) => {
      const ids = ROAD.slice();
      ids[5] = 34;
      await writeLabels(join(folder, "bonn_000001_000019_labelIds.png"), ids, BENCHMARK_SIZE);
    },
    "bonn_000001_000019_labelIds.png has the unknown label id 34",
  ],
  "colours": [
    async (folder) => {
      const create = { ...BENCHMARK_SIZE, channels: 3 as const, background: "red" };
      await sharp({ create }).toFile(join(folder, "bonn_000001_000019_labelIds.png"));
    },
    "bonn_000001_000019_labelIds.png: expected a PNG with one channel of ids or a palette",
  ],
};

for (const [name, [change, message]] of Object.entries(FAULTS)) {
  Deno.test(`checkPackage() refuses ${name}, naming it`, async () => {
    const error = await assertRejects(() => check(change), Error, message);
    assertEquals(error.message.startsWith("Cannot "), true);
  });
}
