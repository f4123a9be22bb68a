import { assertAlmostEquals, assertEquals, assertStringIncludes } from "@std/assert";
import { cityscapes, decodeLabels, type OfficialResult } from "../../lib/mod.ts";
import { componentInstances } from "../metrics/_drawn_labels.ts";
import { type Project, TINY, withProject } from "../runs/_project.ts";
import { writeInstances } from "../submission/_label_files.ts";

const SHARED_WORDS = [
  "categoryIou",
  "confusionMatrix",
  "imagesPerSecond",
  "iou",
  "miou",
  "pixelAccuracy",
  "seconds",
];

async function evaluate(
  project: Project,
  args: string[],
  env: Record<string, string> = {},
) {
  const json = project.path("scores.json");
  const result = await project.task("evaluate", [...args, "--json", json], { env });
  assertEquals(result.code, 0, result.stderr);
  const scores = JSON.parse(await Deno.readTextFile(json));
  assertEquals(Object.keys(scores).sort(), SHARED_WORDS);
  assertStringIncludes(result.stdout, `mean IoU           ${scores.miou.toFixed(4)}`);
  return scores;
}

Deno.test("evaluate scores a run as it scores what predict wrote, that without an engine", () =>
  withProject(async (project) => {
    await project.draw();
    // Smaller than the labels, so that the logits are resized.
    const args = [...TINY, "--size", "32x16", "--epochs", "3", "--lr", "0.01", "--run", "small"];
    const trained = await project.task("train", args);
    assertEquals(trained.code, 0, trained.stderr);
    const summary = JSON.parse(await Deno.readTextFile(project.runFile("small", "summary.json")));
    for (const split of ["val", "train"]) {
      const ofRun = await evaluate(project, ["--run", "small", "--split", split]);
      const images = `scenes/leftImg8bit/${split}`, out = `predictions/${split}`;
      const predicting = ["--run", "small", "--images", images, "--out", out];
      const predicted = await project.task("predict", predicting);
      assertEquals(predicted.code, 0, predicted.stderr);
      const scoring = ["--predictions", out, "--data", "cityscapes", "--root", "scenes"];
      const ofFiles = await evaluate(project, [...scoring, "--split", split], {
        DENOSCAPES_TENSORFLOW: "/nonexistent",
      });
      assertAlmostEquals(ofFiles.miou, ofRun.miou, 1e-12);
      assertEquals(ofFiles.confusionMatrix, ofRun.confusionMatrix);
      if (split === "val") {
        // Another dataset with the same classes.
        const elsewhere = ["--data", "synthetic", "--root", "scenes"];
        const ofOther = await evaluate(project, ["--run", "small", ...elsewhere]);
        assertEquals(ofOther.confusionMatrix, ofRun.confusionMatrix);
        assertEquals(summary.confusionMatrix, ofRun.confusionMatrix);
        // The last weights are others than the best, or the same if the last epoch was the best.
        const last = await evaluate(project, ["--run", "small", "--checkpoint", "last"]);
        const isSame = JSON.stringify(last.confusionMatrix) ===
          JSON.stringify(ofRun.confusionMatrix);
        assertEquals(isSame, summary.bestEpoch === summary.epochs);
      }
    }
  }));

Deno.test("evaluate has iIoU where instance ids are, the official layout, and the confusion matrix", () =>
  withProject(async (project) => {
    await project.draw();
    const frames = await cityscapes(project.path("scenes")).frames("val");
    for (const { labels } of frames) {
      const { ids, ...size } = await decodeLabels(labels!);
      const path = labels!.replace("labelIds", "instanceIds");
      await writeInstances(path, componentInstances(ids as Uint8Array, size), size);
    }
    // The truth is the best prediction of itself.
    for (const { id, labels } of frames) {
      await Deno.mkdir(project.path("predictions"), { recursive: true });
      await Deno.copyFile(labels!, project.path("predictions", `${id}.png`));
    }
    const official = project.path("official.json");
    const { code, stdout, stderr } = await project.task("evaluate", [
      ...["--predictions", "predictions", "--data", "cityscapes", "--root", "scenes"],
      ...["--official-json", official, "--confusion"],
    ]);
    assertEquals(code, 0, stderr);
    const result: OfficialResult = JSON.parse(await Deno.readTextFile(official));
    assertEquals(result.confMatrix.length, 34);
    assertEquals(result.labels.bicycle, 33);
    assertEquals([result.averageScoreClasses, result.averageScoreInstClasses], [1, 1]);
    assertEquals([result.classScores.car, result.classInstScores.car], [1, 1]);
    assertEquals([result.classScores.caravan, result.classInstScores.road], [null, null]);
    assertStringIncludes(stdout, "class                 IoU    iIoU");
    const row = stdout.split("\n").findLast((line) => line.startsWith("road "))!;
    const prior = (100 * result.priors.road!).toFixed(2);
    assertEquals(row.split(/ +/).slice(0, 3), ["road", prior, "100.0"]);
  }));
