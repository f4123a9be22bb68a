import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { cityscapes, countPredictions, decodeLabels, officialResult } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";
import { sharedData } from "../_shared_data.ts";
import { assertOfficial, assertScores, type BenchmarkScores } from "../metrics/_assert_scores.ts";
import { componentInstances, REAL_PREDICTIONS } from "../metrics/_drawn_labels.ts";
import { writeInstances, writeLabels } from "./_label_files.ts";

const { root, absent } = sharedData("cityscapes");

for (
  const [name, benchmark] of Object.entries(golden<Record<string, BenchmarkScores>>("scores_real"))
) {
  Deno.test({
    name: `countPredictions() gives cityscapesScripts' scores of real frames, "${name}"`,
    ignore: absent,
    async fn() {
      const dataset = cityscapes(root);
      const frames = await dataset.frames("train");
      assertEquals(frames.length, 8);
      const folder = await Deno.makeTempDir();
      try {
        for (const [index, frame] of frames.entries()) {
          const { ids, width, height } = await decodeLabels(frame.labels!);
          const size = { width, height }, truth = ids as Uint8Array;
          const predicted = REAL_PREDICTIONS[name]!(truth, size, index);
          await writeLabels(join(folder, "predictions", `${frame.id}.png`), predicted, size);
          frame.instances = join(folder, `${frame.id}_gtFine_instanceIds.png`);
          await writeInstances(frame.instances, componentInstances(truth, size), size);
        }
        const counts = await countPredictions(dataset, frames, join(folder, "predictions"));
        assertScores(counts.scores(), benchmark);
        assertOfficial(officialResult(counts), benchmark.official);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
