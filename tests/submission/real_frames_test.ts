import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { cityscapes, decodeLabels } from "../../lib/mod.ts";
import { scorePredictions } from "../../lib/submission/mod.ts";
import { golden } from "../_golden.ts";
import { sharedData } from "../_shared_data.ts";
import { assertScores, type BenchmarkScores } from "../metrics/_assert_scores.ts";
import { REAL_PREDICTIONS } from "../metrics/_drawn_labels.ts";
import { writeLabels } from "./_label_files.ts";

const { root, absent } = sharedData("cityscapes");

for (
  const [name, benchmark] of Object.entries(golden<Record<string, BenchmarkScores>>("scores_real"))
) {
  Deno.test({
    name: `scorePredictions() gives cityscapesScripts' scores of real frames, "${name}"`,
    ignore: absent,
    async fn() {
      const dataset = cityscapes(root);
      const frames = await dataset.frames("train");
      assertEquals(frames.length, 8);
      const folder = await Deno.makeTempDir();
      try {
        for (const [index, { id, labels }] of frames.entries()) {
          const { ids, width, height } = await decodeLabels(labels!);
          const size = { width, height };
          const predicted = REAL_PREDICTIONS[name]!(ids as Uint8Array, size, index);
          await writeLabels(join(folder, `${id}.png`), predicted, size);
        }
        assertScores(await scorePredictions(dataset, frames, folder), benchmark);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}
