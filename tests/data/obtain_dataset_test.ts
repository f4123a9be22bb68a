import { assertEquals, assertRejects } from "@std/assert";
import { obtainDataset, writeSyntheticDataset } from "../../lib/mod.ts";
import { withFolder } from "./_folder.ts";

Deno.test("obtainDataset() completes what was drawn, in the way it was begun", () =>
  withFolder(async (folder) => {
    const drawing = { frames: { train: 3, val: 1 }, width: 32, height: 16 };
    await writeSyntheticDataset(folder.at(), drawing);
    const [first] = await (await obtainDataset("synthetic", folder.at())).frames("train");
    await Deno.remove(first!.image);
    const told: string[] = [];
    const onProgress = ({ done, total }: { done: number; total?: number }) =>
      told.push(`${done}/${total}`);
    const dataset = await obtainDataset("synthetic", folder.at(), { onProgress });
    assertEquals(told.at(-1), "4/4");
    assertEquals((await dataset.frames("train")).length, 3);
  }));

Deno.test("obtainDataset() says what a folder lacks", () =>
  withFolder(async (folder) => {
    await assertRejects(
      () => obtainDataset("cityscapes", folder.at()),
      Error,
      "leftImg8bit/train/<city>/*_leftImg8bit.png",
    );
  }));
