import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { checkLoss, crossEntropy, engine, type Loss } from "../../lib/mod.ts";

const tf = await engine();

Deno.test("checkLoss() passes cross-entropy, and leaves no tensors", () => {
  checkLoss(tf, crossEntropy, 3);
  const { numTensors } = tf.memory();
  const check = checkLoss(tf, crossEntropy, 3);
  assert(check.isRight, check.toString());
  assertEquals(tf.memory().numTensors, numTensors);
});

Deno.test("checkLoss() says of a stub that it is still to be done", () => {
  const check = checkLoss(tf, (() => {}) as unknown as Loss, 3);
  assert(!check.isDone);
  assertStringIncludes(check.toString(), "Exercise 4 is still to be done");
});

const oneHot = (tf_: typeof tf, labels: Parameters<Loss>[1]["labels"]) =>
  tf_.oneHot(labels.clipByValue(0, 2).toInt(), 3);

Deno.test("checkLoss() passes a loss by hand that knows how many classes there are", () => {
  const byHand: Loss = (tf, { logits, labels }) => {
    const valid = labels.less(19).toFloat();
    const truth = tf.oneHot(labels.clipByValue(0, 18).toInt(), 19);
    const losses = logits.logSoftmax().mul(truth).sum(-1).neg().mul(valid);
    return losses.sum().div(valid.sum().maximum(1));
  };
  const check = checkLoss(tf, byHand, 19);
  assert(check.isRight, check.toString());
});

const WRONG: Record<string, [Loss, string]> = {
  "counts void": [
    (tf, { logits, labels }) => oneHot(tf, labels).mul(logits.softmax()).sum(-1).log().neg().mean(),
    "✗ void pixels do not count",
  ],
  "rises with better predictions": [
    (tf, batch) => crossEntropy(tf, batch).neg(),
    "✗ it falls when the prediction gets better",
  ],
  "is a sum": [
    (tf, batch) => crossEntropy(tf, batch).mul(batch.labels.less(3).toFloat().sum()),
    "✗ the mean is over the pixels that count",
  ],
  "divides by no pixels": [
    (tf, batch) => {
      const valid = batch.labels.less(3).toFloat().sum();
      return crossEntropy(tf, batch).mul(valid).div(valid);
    },
    "✗ a batch that is all void",
  ],
  "is no scalar": [(_, { logits }) => logits, "✗ one finite number"],
};

for (const [mistake, [loss, line]] of Object.entries(WRONG)) {
  Deno.test(`checkLoss() tells of a loss that ${mistake}`, () => {
    const check = checkLoss(tf, loss, 3);
    assertEquals(check.isRight, false);
    assertStringIncludes(check.toString(), line);
  });
}
