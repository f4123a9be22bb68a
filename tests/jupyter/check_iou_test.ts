import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { checkIou, type LabelPair } from "../../lib/mod.ts";

type Count = { both: number; either: number };

/** Counts a class in some pixels, void ones too if `withVoid`. */
function count({ truth, predicted }: LabelPair, index: number, withVoid = false): Count {
  let both = 0, either = 0;
  truth.forEach((label, i) => {
    if (label === 255 && !withVoid) return;
    if (label === index && predicted[i] === index) both++;
    if (label === index || predicted[i] === index) either++;
  });
  return { both, either };
}

function joined(batches: readonly LabelPair[]): LabelPair {
  return {
    truth: Uint8Array.from(batches.flatMap(({ truth }) => [...truth])),
    predicted: Uint8Array.from(batches.flatMap(({ predicted }) => [...predicted])),
  };
}

function ratio({ both, either }: Count): number | null {
  return either === 0 ? null : both / either;
}

function mean(values: readonly (number | null)[]): number {
  const present = values.filter((value) => value !== null);
  return present.reduce((sum, value) => sum + value, 0) / present.length;
}

/** A solution, made wrong by one mistake. */
function solution(
  perClass: (batches: readonly LabelPair[], index: number) => number | null,
  meanOf = mean,
) {
  return (batches: readonly LabelPair[], classes: number) => {
    const values = Array.from({ length: classes }, (_, index) => perClass(batches, index));
    return { perClass: values, mean: meanOf(values) };
  };
}

const right = (batches: readonly LabelPair[], index: number) =>
  ratio(count(joined(batches), index));

Deno.test("checkIou() passes a right solution", () => {
  const check = checkIou(solution(right));
  assert(check.isRight, check.toString());
  check.assertRight();
});

Deno.test("checkIou() says of a stub that it is still to be done", () => {
  const check = checkIou(() => {});
  assert(!check.isDone && !check.isRight);
  assertStringIncludes(check.toString(), "still to be done");
  assertThrows(() => check.assertRight(), Error, "still to be done");
});

Deno.test("checkIou() says what to return if it is something else", () => {
  for (const result of [0.5, { mean: 0.5 }, { perClass: [1, 2, null] }]) {
    assertStringIncludes(
      checkIou(() => result as never).toString(),
      "✗ it returns { perClass, mean }",
    );
  }
});

const MISTAKES = {
  "counting void": [
    solution((batches, index) => ratio(count(joined(batches), index, true))),
    "void pixels (255) are counted",
  ],
  "averaging over batches": [
    solution((batches, index) => {
      const values = batches.map((batch) => ratio(count(batch, index)));
      return values.every((value) => value === null) ? null : mean(values);
    }),
    "mean over batches",
  ],
  "an absent class as 0": [
    solution((batches, index) => right(batches, index) ?? 0),
    "absent class counts as 0",
  ],
  "an absent class as 1": [
    solution((batches, index) => right(batches, index) ?? 1),
    "absent class counts as 1",
  ],
  "an absent class as 0 in the mean only": [
    solution(right, (values) => mean(values.map((value) => value ?? 0))),
    "absent class counts as 0",
  ],
  "recall instead of IoU": [
    solution((batches, index) => {
      const { truth, predicted } = joined(batches);
      const hits = [...truth.keys()].filter((i) => truth[i] === index);
      const both = hits.filter((i) => predicted[i] === index).length;
      return hits.length === 0 ? null : both / hits.length;
    }),
    "the union lacks",
  ],
} as const;

for (const [mistake, [iou, hint]] of Object.entries(MISTAKES)) {
  Deno.test(`checkIou() names the mistake: ${mistake}`, () => {
    const check = checkIou(iou);
    assertEquals(check.isRight, false);
    assertStringIncludes(check.toString(), hint);
    assertThrows(() => check.assertRight(), Error, "✗");
  });
}
