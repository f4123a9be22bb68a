import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import {
  BenchmarkCounts,
  CAMVID,
  CITYSCAPES,
  ConfusionMatrix,
  type LabelSpace,
  officialResult,
  scoresOf,
  trainIdsOf,
} from "../../lib/mod.ts";
import { golden } from "../_golden.ts";
import { assertOfficial, assertScores, type BenchmarkScores } from "./_assert_scores.ts";
import { type DrawnCase, SMALL, smallCases, tileInstances } from "./_drawn_labels.ts";

const benchmark = golden<Record<string, BenchmarkScores>>("scores");

function count({ truth, predicted }: DrawnCase): ConfusionMatrix {
  const matrix = new ConfusionMatrix(CITYSCAPES.classes.length);
  const trainIds = (ids: Uint8Array) => trainIdsOf({ ids, ...SMALL }, CITYSCAPES, "drawn labels");
  truth.forEach((ids, frame) => matrix.add(trainIds(ids), trainIds(predicted[frame]!)));
  return matrix;
}

for (const [name, drawn] of Object.entries(smallCases())) {
  Deno.test(`scoresOf() gives cityscapesScripts' scores of the drawn labels "${name}"`, () => {
    assertScores(scoresOf(count(drawn), CITYSCAPES), benchmark[name]!);
  });

  Deno.test(`officialResult() is what cityscapesScripts writes of the drawn labels "${name}"`, () => {
    const counts = new BenchmarkCounts(CITYSCAPES);
    drawn.truth.forEach((truth, frame) =>
      counts.add(truth, drawn.predicted[frame]!, tileInstances(truth))
    );
    const scores = counts.scores();
    assert(scores.instanceIou);
    assertScores(scores, benchmark[name]!);
    assertOfficial(officialResult(counts), benchmark[name]!.official);
  });
}

Deno.test("the drawn labels have classes and categories without a score", () => {
  assertEquals(Object.keys(benchmark), Object.keys(smallCases()));
  assertEquals(benchmark.random!.iou.train, null);
  assertEquals(benchmark.random!.iou.bus, 0);
  assertEquals(benchmark.few!.categoryIou.human, null);
  assertEquals(benchmark.allVoid!.miou, null);
});

/** Classes a, b of the category x, c of y, and d of none. */
const SPACE: LabelSpace = {
  classes: [
    { name: "a", id: 0, category: "x", color: [0, 0, 0] },
    { name: "b", id: 1, category: "x", color: [0, 0, 0] },
    { name: "c", id: 2, category: "y", color: [0, 0, 0] },
    { name: "d", id: 3, color: [0, 0, 0] },
  ],
  trainIds: new Map([[0, 0], [1, 1], [2, 2], [3, 3]]),
};

Deno.test("scoresOf() gives what is worked out by hand", () => {
  const matrix = new ConfusionMatrix(4);
  const pairs = [[0, 0], [0, 1], [1, 0], [0, 255], [2, 1], [2, 2], [3, 2], [255, 0]];
  matrix.add(Uint8Array.from(pairs, ([t]) => t!), Uint8Array.from(pairs, ([, p]) => p!));
  assertEquals(scoresOf(matrix, SPACE), {
    // a: TP 1, FN 2, FP 1. b: TP 0, FN 1, FP 2. c: TP 1, FN 1, FP 1. d: FN 1.
    iou: { a: 1 / 4, b: 0, c: 1 / 3, d: 0 },
    miou: (1 / 4 + 0 + 1 / 3 + 0) / 4,
    // x: a as b and b as a are right, so TP 3, FN 1 (no class), FP 1 (c as b). y: as c.
    categoryIou: { x: 3 / 5, y: 1 / 3 },
    // 7 pixels count; right are the first and the sixth.
    pixelAccuracy: 2 / 7,
    confusionMatrix: [[1, 1, 0, 0, 1], [1, 0, 0, 0, 0], [0, 1, 1, 0, 0], [0, 0, 1, 0, 0]],
  });
});

Deno.test("scoresOf() has no categories where the dataset has none", () => {
  assertEquals(scoresOf(new ConfusionMatrix(11), CAMVID).categoryIou, {});
});

Deno.test("scores come back from JSON as they were, also where nothing counts", () => {
  const scores = scoresOf(new ConfusionMatrix(19), CITYSCAPES);
  assertEquals([scores.miou, scores.pixelAccuracy, scores.iou.road], [null, null, null]);
  assertEquals(JSON.parse(JSON.stringify(scores)), scores);
});

Deno.test("scoresOf() refuses a confusion matrix of another dataset", () => {
  assertThrows(() => scoresOf(new ConfusionMatrix(11), CITYSCAPES), RangeError, "19 classes");
});

const trainId = fc.constantFrom<number[]>(0, 1, 2, 3, 255);
const pixels = fc.array(fc.tuple(trainId, trainId));

/** Pixels as pairs of a true and a predicted class, counted. */
function countPixels(pairs: [number, number][], as = (trainId: number) => trainId) {
  const matrix = new ConfusionMatrix(4);
  matrix.add(Uint8Array.from(pairs, ([t]) => as(t)), Uint8Array.from(pairs, ([, p]) => as(p)));
  return matrix;
}

Deno.test("scores are 0 to 1, and a category of one class has its score", () => {
  fc.assert(fc.property(pixels, (pairs) => {
    const { miou, iou, categoryIou, pixelAccuracy } = scoresOf(countPixels(pairs), SPACE);
    const scores = [miou, pixelAccuracy, ...Object.values(iou), ...Object.values(categoryIou)];
    for (const score of scores) assert(score === null || (score >= 0 && score <= 1));
    assertEquals(categoryIou.y, iou.c);
    assertEquals(categoryIou.x === null, iou.a === null && iou.b === null);
  }));
});

Deno.test("classes in another order have the same scores", () => {
  fc.assert(
    fc.property(pixels, fc.shuffledSubarray([0, 1, 2, 3], { minLength: 4 }), (pairs, order) => {
      const scores = scoresOf(countPixels(pairs), SPACE);
      const classes = order.map((index) => SPACE.classes[index]!);
      const reordered = scoresOf(
        countPixels(pairs, (trainId) => trainId < 4 ? order.indexOf(trainId) : trainId),
        { ...SPACE, classes },
      );
      for (const { name } of classes) assertEquals(reordered.iou[name], scores.iou[name]);
      assertEquals(reordered.categoryIou, scores.categoryIou);
      assertEquals(reordered.pixelAccuracy, scores.pixelAccuracy);
      assertAlmostEquals(reordered.miou ?? -1, scores.miou ?? -1, 1e-12);
    }),
  );
});
