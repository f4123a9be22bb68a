import { assertEquals, assertRejects } from "@std/assert";
import { CAMVID, camvid, decodeLabels, trainIdsOf } from "../../lib/mod.ts";
import { sharedData } from "../_shared_data.ts";
import { withFolder } from "./_folder.ts";

Deno.test("camvid() pairs images and labels of the same name, in their order", () =>
  withFolder(async ({ at, write }) => {
    for (const name of ["b.png", "a.jpg"]) await write(`train/${name}`);
    for (const name of ["a.png", "b.png", "Thumbs.db"]) await write(`trainannot/${name}`);
    assertEquals(await camvid(at()).frames("train"), [
      { id: "a", image: at("train", "a.jpg"), labels: at("trainannot", "a.png") },
      { id: "b", image: at("train", "b.png"), labels: at("trainannot", "b.png") },
    ]);
  }));

Deno.test("camvid() names a split that is absent, and images and labels without each other", () =>
  withFolder(async ({ at, write }) => {
    const refuses = (message: string) =>
      assertRejects(() => camvid(at()).frames("val"), Error, `CamVid's split val: ${message}`);
    await refuses(`expected images in ${at("val")} and labels in ${at("valannot")}`);
    const image = await write("val/a.png");
    await refuses(`${image} has no labels a`);
    await write("valannot/a.png");
    const labels = await write("valannot/b.png");
    await refuses(`${labels} has no image b`);
  }));

Deno.test("camvid() names two images that have the same labels", () =>
  withFolder(async ({ at, write }) => {
    for (const name of ["train/a.jpg", "train/a.png", "trainannot/a.png"]) await write(name);
    await assertRejects(() => camvid(at()).frames("train"), Error, "both are a; remove one");
  }));

const { root, absent } = sharedData("camvid");

Deno.test({
  name: "the real CamVid has 367 training and 101 validation frames, whose labels are known",
  ignore: absent,
  async fn() {
    const dataset = camvid(root);
    const counts = [];
    for (const split of ["train", "val"]) {
      const frames = await dataset.frames(split);
      counts.push(frames.length);
      const labels = await decodeLabels(frames[0]!.labels!);
      trainIdsOf(labels, CAMVID, frames[0]!.labels!);
      assertEquals([labels.width, labels.height], [480, 360]);
    }
    assertEquals(counts, [367, 101]);
  },
});
