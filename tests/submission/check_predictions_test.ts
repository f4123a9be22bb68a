import { assertEquals, assertRejects } from "@std/assert";
import { join } from "node:path";
import { checkPredictions } from "../../lib/submission/check_predictions.ts";
import { withFrames } from "./_label_files.ts";

Deno.test("one error names missing, duplicate, extra and wrongly sized predictions", () =>
  withFrames(4, async ({ frames, predictions, predict }) => {
    await predict("a_000000_000000.png", 7);
    await predict("a_000000_000000_color.png", 7);
    await predict("a_000000_000001.png", 7, { width: 2, height: 1 });
    await Deno.writeTextFile(join(predictions, "a_000000_000002.png"), "no picture");
    await predict("overview.png", 7);
    const { message } = await assertRejects(() => checkPredictions(frames, predictions));
    const path = (name: string) => join(predictions, name);
    const files = `${path("a_000000_000000.png")}, ${path("a_000000_000000_color.png")}`;
    assertEquals(message.split("\n"), [
      `Cannot score the predictions in ${predictions}: expected one PNG <frame id>*.png for each ` +
      "of the 4 frames, got",
      "  1 frame without a prediction: a_000000_000003",
      `  1 frame with several: a_000000_000000 (${files})`,
      `  1 PNG of none of the frames: ${path("overview.png")}`,
      `  2 not of the labels' size: ${path("a_000000_000001.png")} (2x1, not 4x2), ` +
      `${path("a_000000_000002.png")} (no PNG, not 4x2)`,
    ]);
  }));

Deno.test("of many faults the first are named and the others counted", () =>
  withFrames(12, async ({ frames, predictions, predict }) => {
    await predict("a_000000_000000.png", 7);
    const { message } = await assertRejects(() => checkPredictions(frames, predictions));
    assertEquals(
      message.split("\n")[1],
      "  11 frames without a prediction: " +
        "a_000000_000001, a_000000_000002, a_000000_000003 and 8 more",
    );
  }));

Deno.test("a frame's id is not the beginning of a longer number", () =>
  withFrames(1, async ({ frames, predictions, predict }) => {
    await predict("a_000000_0000000.png", 7);
    const { message } = await assertRejects(() => checkPredictions(frames, predictions));
    assertEquals(message.split("\n").slice(1), [
      "  1 frame without a prediction: a_000000_000000",
      `  1 PNG of none of the frames: ${join(predictions, "a_000000_0000000.png")}`,
    ]);
  }));

Deno.test("a file belongs to the longest id that its name begins with", () =>
  withFrames(1, async ({ frames: [frame], predictions, predict }) => {
    const frames = ["0001TP_1", "0001TP_1_left"].map((id) => ({ ...frame!, id }));
    await predict("0001TP_1.png", 7);
    await predict("0001TP_1_left_net.png", 7);
    const checked = await checkPredictions(frames, predictions);
    const names = ["0001TP_1.png", "0001TP_1_left_net.png"];
    assertEquals(
      checked.map(({ prediction }) => prediction),
      names.map((n) => join(predictions, n)),
    );
  }));

Deno.test("predictions cannot be scored without a folder, frames or labels", () =>
  withFrames(1, async ({ frames: [frame], predictions }) => {
    const rejects = (work: Promise<unknown>, message: string) =>
      assertRejects(() => work, Error, message);
    const absent = join(predictions, "absent");
    await rejects(
      checkPredictions([frame!], absent),
      `Cannot score the predictions in ${absent}: expected a folder there, got none`,
    );
    await rejects(checkPredictions([], predictions), "expected at least one frame, got none");
    const { labels: _, ...unlabelled } = frame!;
    await rejects(
      checkPredictions([unlabelled], predictions),
      "expected frames with labels, got a_000000_000000 without",
    );
  }));
