import { assertEquals } from "@std/assert";
import { scoreTable } from "../../lib/mod.ts";

Deno.test("scoreTable() aligns names and puts the means last", () => {
  const table = scoreTable({
    miou: 0.375,
    iou: { road: 0.75, "traffic light": 0, train: null },
    categoryIou: { flat: 1, object: 0.25 },
    pixelAccuracy: 2 / 3,
    confusionMatrix: [],
  });
  assertEquals(table.split("\n"), [
    "class                 IoU",
    "road               0.7500",
    "traffic light      0.0000",
    "train                   -",
    "",
    "category              IoU",
    "flat               1.0000",
    "object             0.2500",
    "",
    "mean IoU           0.3750",
    "mean category IoU  0.6250",
    "pixel accuracy     0.6667",
  ]);
});

Deno.test("scoreTable() leaves categories out where there are none", () => {
  const table = scoreTable({
    miou: null,
    iou: { sky: null },
    categoryIou: {},
    pixelAccuracy: null,
    confusionMatrix: [[0, 0]],
  });
  assertEquals(table.split("\n"), [
    "class              IoU",
    "sky                  -",
    "",
    "mean IoU             -",
    "pixel accuracy       -",
  ]);
});
