import { assertEquals } from "@std/assert";
import { CITYSCAPES, type Label, LABELS } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

Deno.test("LABELS is the table of cityscapesScripts", () => {
  assertEquals(LABELS.map((label) => ({ ...label })), golden<Label[]>("label_table"));
});

Deno.test("CITYSCAPES has the 19 evaluated classes in the order of their train ids", () => {
  const evaluated = LABELS.filter(({ trainId }) => trainId >= 0 && trainId < 255);
  assertEquals(CITYSCAPES.classes.length, 19);
  assertEquals(CITYSCAPES.classes.map(({ id }) => id), evaluated.map(({ id }) => id));
  CITYSCAPES.classes.forEach(({ id }, index) => assertEquals(CITYSCAPES.trainIds.get(id), index));
});

Deno.test("ids that are not evaluated are void", () => {
  for (const id of [0, 1, 9, 18, 29, 30]) assertEquals(CITYSCAPES.trainIds.get(id), 255);
  assertEquals(CITYSCAPES.trainIds.has(34), false);
});
