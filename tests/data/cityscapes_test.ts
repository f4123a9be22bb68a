import { assertEquals, assertRejects } from "@std/assert";
import { cityscapes, imagePath, labelIdsPath, parseSample } from "../../lib/mod.ts";
import { sharedData } from "../_shared_data.ts";
import { withFolder } from "./_folder.ts";

const IDS = ["aachen_000000_000019", "aachen_000001_000019", "zurich_000000_000019"];

Deno.test("cityscapes() finds the frames of all cities in their order", () =>
  withFolder(async ({ at, write }) => {
    for (const id of [...IDS].reverse()) {
      await write(imagePath("train", parseSample(id)));
      await write(labelIdsPath("train", parseSample(id)));
      await write(`gtFine/train/${parseSample(id).city}/${id}_gtFine_color.png`);
    }
    await write("leftImg8bit/train/.DS_Store");
    const expected = IDS.map((id) => ({
      id,
      image: at(imagePath("train", parseSample(id))),
      labels: at(labelIdsPath("train", parseSample(id))),
    }));
    assertEquals(await cityscapes(at()).frames("train"), expected);
  }));

Deno.test("the split test has no labels, whatever is in gtFine", () =>
  withFolder(async ({ at, write }) => {
    const image = await write(imagePath("test", parseSample(IDS[0]!)));
    await write(labelIdsPath("test", parseSample(IDS[0]!))); // The archive has blank ones.
    assertEquals(await cityscapes(at()).frames("test"), [{ id: IDS[0]!, image }]);
  }));

Deno.test("cityscapes() names a split that is absent, and what is half extracted", () =>
  withFolder(async ({ at, write }) => {
    const refuses = (message: string) =>
      assertRejects(
        () => cityscapes(at()).frames("val"),
        Error,
        `Cannot read the split val of cityscapes: ${message}`,
      );
    await refuses(`expected ${at("leftImg8bit", "val")}/<city>/*_leftImg8bit.png and `);
    const [first, second] = IDS.map(parseSample) as [
      ReturnType<typeof parseSample>,
      ReturnType<typeof parseSample>,
    ];
    const image = await write(imagePath("val", first));
    await refuses(`${image} has no labels ${first.id}`);
    await write(labelIdsPath("val", first));
    const labels = await write(labelIdsPath("val", second));
    await refuses(`${labels} has no image ${second.id}`);
  }));

const { root, absent } = sharedData("cityscapes");

Deno.test({
  name: "the real frames of Cityscapes are found",
  ignore: absent,
  async fn() {
    const frames = await cityscapes(root).frames("train");
    assertEquals(frames.length, 8);
    for (const { id } of frames) assertEquals(parseSample(id).id, id);
  },
});
