import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { encode } from "fast-png";
import { join } from "node:path";
import { CAMVID, type Progress } from "../../lib/mod.ts";
import { scorePredictions } from "../../lib/submission/mod.ts";
import { runModule } from "../_program.ts";
import { SIZE, withFrames } from "./_label_files.ts";

Deno.test("scorePredictions() takes files anywhere below the folder, with any end of the name", () =>
  withFrames(2, async ({ dataset, frames, predictions, predict }) => {
    await predict("a_000000_000000.png", 7);
    await predict("deep/deeper/a_000000_000001_some-net_labelIds.png", [7, 7, 7, 7, 7, 7, 8, 8]);
    await Deno.writeTextFile(join(predictions, "notes.txt"), "");
    await Deno.writeTextFile(join(predictions, "._a_000000_000000.png"), "");
    const { iou, categoryIou, pixelAccuracy, miou } = await scorePredictions(
      dataset,
      frames,
      predictions,
    );
    assertEquals([iou.road, iou.sidewalk, iou.car], [14 / 16, 0, null]);
    assertEquals([miou, categoryIou.flat, pixelAccuracy], [7 / 16, 1, 14 / 16]);
  }));

Deno.test("a void label id in a prediction is a miss, also one of the true category", () =>
  withFrames(1, async ({ dataset, frames, predictions, predict }) => {
    const parking = 9;
    await predict("a_000000_000000.png", [7, 7, 7, 7, 0, 4, parking, parking]);
    const scores = await scorePredictions(dataset, frames, predictions);
    assertEquals([scores.iou.road, scores.categoryIou.flat], [1 / 2, 1 / 2]);
    assertEquals([scores.confusionMatrix[0]![0], scores.confusionMatrix[0]![19]], [4, 4]);
  }));

Deno.test("a dataset without categories has no scores of any", () =>
  withFrames(1, async ({ dataset, frames, predictions, predict }) => {
    await predict("a_000000_000000.png", [7, 7, 7, 7, 7, 7, 11, 3]);
    const camvid = { ...dataset, name: "camvid" as const, space: CAMVID };
    const { iou, categoryIou } = await scorePredictions(camvid, frames, predictions);
    assertEquals([iou.fence, iou.road, categoryIou], [6 / 8, 0, {}]);
  }));

Deno.test("predictions of 16 bits count as those of 8", () =>
  withFrames(1, async ({ dataset, frames, predictions }) => {
    const data = new Uint16Array(8).fill(7);
    const path = join(predictions, "a_000000_000000.png");
    await Deno.writeFile(path, encode({ ...SIZE, channels: 1, depth: 16, data }));
    assertEquals((await scorePredictions(dataset, frames, predictions)).miou, 1);
    data[3] = 256 + 7;
    await Deno.writeFile(path, encode({ ...SIZE, channels: 1, depth: 16, data }));
    const { message } = await assertRejects(() => scorePredictions(dataset, frames, predictions));
    assertStringIncludes(message, `${path}: unknown label id 263 at x 3, y 0`);
  }));

for (
  const [id, error] of [
    [34, "Cannot use the labels PATH: unknown label id 34 at x 1, y 1"],
    [255, "Cannot score PATH: the prediction has the label id 255, a license plate"],
  ] as const
) {
  Deno.test(`the predicted label id ${id} is an error that names the file`, () =>
    withFrames(2, async ({ dataset, frames, predictions, predict }) => {
      await predict("a_000000_000000.png", 7);
      await predict("a_000000_000001.png", [7, 7, 7, 7, 7, id, 7, 7]);
      const { message } = await assertRejects(() => scorePredictions(dataset, frames, predictions));
      const path = join(predictions, "a_000000_000001.png");
      assertStringIncludes(message, error.replace("PATH", path));
    }));
}

Deno.test("scorePredictions() tells how many frames are done", () =>
  withFrames(3, async ({ dataset, frames, predictions, predict }) => {
    for (const { id } of frames) await predict(`${id}.png`, 7);
    const heard: Progress[] = [];
    await scorePredictions(dataset, frames, predictions, {
      onProgress: (progress) => heard.push(progress),
    });
    const task = "Scoring predictions", unit = "frames";
    assertEquals(heard, [1, 2, 3].map((done) => ({ task, done, total: 3, unit })));
  }));

Deno.test("scorePredictions() stops at a signal", () =>
  withFrames(9, async ({ dataset, frames, predictions, predict }) => {
    for (const { id } of frames) await predict(`${id}.png`, 7);
    const controller = new AbortController();
    const onProgress = () => controller.abort(new Error("stopped"));
    const { signal } = controller;
    await assertRejects(
      () => scorePredictions(dataset, frames, predictions, { onProgress, signal }),
      Error,
      "stopped",
    );
  }));

Deno.test({
  name: "scorePredictions() needs no engine",
  ignore: Deno.build.os !== "linux",
  fn: () =>
    withFrames(1, async ({ frames, predictions, predict }) => {
      await predict("a_000000_000000.png", 7);
      const { stdout, stderr, code } = await runModule(`
        import { CITYSCAPES } from "./lib/data/mod.ts";
        import { scorePredictions } from "./lib/submission/mod.ts";
        const dataset = { space: CITYSCAPES };
        const [frames, folder] = ${JSON.stringify([frames, predictions])};
        const { miou } = await scorePredictions(dataset as never, frames as never, folder as never);
        console.log(miou, Deno.readTextFileSync("/proc/self/maps").includes("libtensorflow"));`);
      assertEquals({ code, stdout, stderr }, { code: 0, stdout: "1 false\n", stderr: "" });
    }),
});
