import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { CAMVID, ConfusionMatrix } from "../../lib/mod.ts";
import { History } from "../../lib/runs/history.ts";
import type { RunFolder } from "../../lib/runs/run_folder.ts";
import { withFolder } from "../data/_folder.ts";

/** A validation with so many of 10 pixels right. */
function result(right: number) {
  const matrix = new ConfusionMatrix(CAMVID.classes.length);
  matrix.count(0, 0, right);
  matrix.count(0, 1, 10 - right);
  return { loss: 1, matrix };
}

const STEPS = 10;

for (const [what, right, kept] of [["the best", 9, [7]], ["not the best", 2, []]] as const) {
  Deno.test(`the row of an epoch that is gone on with, ${what}, as its weights are`, () =>
    withFolder(async ({ at, write }) => {
      await write("run/config.json", new Uint8Array());
      const run = { name: "run", path: at("run") } as RunFolder;
      const open = (step: number) => History.open(run, CAMVID, { step, stepsPerEpoch: STEPS });
      const before = await open(0);
      before.addEpoch({ epoch: 1, step: STEPS, seconds: 1 }, result(5));
      before.addEpoch({ epoch: 2, step: STEPS + 7, seconds: 2 }, result(right));
      const history = await open(STEPS + 7);
      history.addEpoch({ epoch: 2, step: 2 * STEPS, seconds: 3 }, result(6));
      assertEquals(history.val.map(({ step }) => step), [
        STEPS,
        ...kept.map((step) => STEPS + step),
        2 * STEPS,
      ]);
      assertEquals(history.best?.step, kept.length > 0 ? STEPS + 7 : 2 * STEPS);
      const text = await Deno.readTextFile(join(run.path, "val.csv"));
      assertEquals(text.trim().split("\n").length, 1 + history.val.length);
    }));
}
