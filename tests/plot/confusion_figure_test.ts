import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import fc from "fast-check";
import { CITYSCAPES } from "../../lib/data/mod.ts";
import { confusionFigure, figureToPng } from "../../lib/plot/mod.ts";
import { colorAt, decode } from "./_picture.ts";

Deno.test("confusionFigure() divides each row by its sum, and leaves a row without pixels empty", () => {
  const { data: [trace] } = confusionFigure([3, 1, 0, 0], ["road", "car"]);
  assertEquals(trace!.z, [[0.75, 0.25], [null, null]]);
  assertEquals(trace!.text, [["75", "25"], ["", ""]]);
  assertEquals(trace!.customdata, [[3, 1], [0, 0]]);
});

Deno.test("confusionFigure() shows predictions that are no class only if there are any", () => {
  const names = ["road", "car"];
  assertEquals(confusionFigure([1, 0, 0, 0, 1, 0], names).data[0]!.x, names);
  const { data: [trace] } = confusionFigure([1, 0, 1, 0, 1, 0], names);
  assertEquals(trace!.x, [...names, "no class"]);
  assertEquals(trace!.z, [[0.5, 0, 0.5], [0, 1, 0]]);
});

Deno.test("confusionFigure() has rows that sum to 1", () => {
  const counts = fc.array(fc.nat(1e6), { minLength: 12, maxLength: 12 });
  fc.assert(fc.property(counts, (counts) => {
    const rows = confusionFigure(counts, ["a", "b", "c"]).data[0]!
      .z as unknown as (number | null)[][];
    for (const row of rows) {
      if (row[0] === null) continue;
      assertAlmostEquals(row.reduce<number>((sum, share) => sum + share!, 0), 1, 1e-12);
    }
  }));
});

Deno.test("confusionFigure() refuses counts that are not as many as the classes ask for", () => {
  assertThrows(
    () => confusionFigure([1, 2, 3], ["a", "b"]),
    RangeError,
    "expected 2x2 or 2x3 counts",
  );
});

Deno.test("confusionFigure() draws dark cells on the diagonal of a perfect score", async () => {
  const names = CITYSCAPES.classes.map(({ name }) => name);
  const identity = names.flatMap((_, row) => names.map((_, column) => row === column ? 9 : 0));
  const figure = confusionFigure(identity, names);
  const picture = await decode(await figureToPng(figure));
  const { l, t, r, b } = figure.layout.margin as Record<"l" | "t" | "r" | "b", number>;
  const [width, height] = [(picture.width - l - r) / 19, (picture.height - t - b) / 19];
  // Near a corner of the cell, where no digit is.
  const cell = (row: number, column: number) =>
    colorAt(picture, Math.round(l + width * (column + 0.2)), Math.round(t + height * (row + 0.2)));
  for (let row = 0; row < 19; row++) {
    assertEquals(cell(row, row), [8, 48, 107]);
    assertEquals(cell(row, (row + 7) % 19), [255, 255, 255]);
  }
  assert(width > 30 && height > 30);
});
