import { assert, assertEquals, assertThrows } from "@std/assert";
import { type JsonObject, lineFigure } from "../../lib/plot/mod.ts";

const LOSS = { name: "loss", x: [0, 1, 2], y: [4, NaN, 2], smoothing: 0.5 };
const MIOU = { name: "mIoU", x: [1, 2], y: [0.25, 0.5] };

Deno.test("lineFigure() draws the values light and their average bold", () => {
  const figure = lineFigure([{ series: [LOSS] }]);
  const picked = figure.data.map(({ name, y, line, showlegend }) => ({
    name,
    y,
    line,
    showlegend,
  }));
  assertEquals(picked, [
    {
      name: "loss, each",
      y: [4, null, 2],
      line: { color: "#0072b2", width: 1 },
      showlegend: false,
    },
    {
      name: "loss",
      y: [4, null, (2 + 0.5 * 0.5 * 4 / 0.5) / 1.5],
      line: { color: "#0072b2", width: 2.2 },
      showlegend: true,
    },
  ]);
});

Deno.test("lineFigure() gives each panel its own axes, titled", () => {
  const { data, layout } = lineFigure([
    { title: "Loss", xTitle: "step", series: [LOSS] },
    { title: "Scores", xTitle: "epoch", yTitle: "share", yRange: [0, 1], series: [MIOU] },
  ]);
  assertEquals(data.map(({ xaxis, yaxis }) => [xaxis, yaxis]), [
    ["x", "y"],
    ["x", "y"],
    ["x2", "y2"],
  ]);
  const axis = (name: string) => layout[name] as { title: JsonObject; range?: number[] };
  assertEquals(axis("xaxis").title.text, "step");
  assertEquals(axis("xaxis2").title.text, "epoch");
  assertEquals(axis("yaxis2").title.text, "share");
  assertEquals(axis("yaxis2").range, [0, 1]);
  const titles = layout.annotations as unknown as JsonObject[];
  assertEquals(titles.map(({ text, xref }) => [text, xref]), [
    ["Loss", "x domain"],
    ["Scores", "x2 domain"],
  ]);
});

Deno.test("lineFigure() puts panels side by side or stacks them", () => {
  const panels = [{ series: [LOSS] }, { series: [MIOU] }];
  const beside = lineFigure(panels).layout;
  const stacked = lineFigure(panels, { columns: 1 }).layout;
  assertEquals((beside.grid as JsonObject).columns, 2);
  assertEquals((stacked.grid as JsonObject).rows, 2);
  assert(Number(beside.width) > Number(stacked.width));
  assert(Number(beside.height) < Number(stacked.height));
});

Deno.test("lineFigure() has one colour and one legend entry for a name", () => {
  const { data } = lineFigure([{ series: [MIOU] }, { series: [MIOU, { ...MIOU, name: "other" }] }]);
  assertEquals(data.map(({ showlegend }) => showlegend), [true, false, true]);
  assertEquals(
    data.map(({ line }) => (line as JsonObject).color),
    ["#0072b2", "#0072b2", "#d55e00"],
  );
});

Deno.test("lineFigure() is JSON, and marks epochs at whole numbers", () => {
  const figure = lineFigure([{ series: [LOSS, MIOU], logarithmic: true, yRange: [0.01, 10] }]);
  assertEquals(JSON.parse(JSON.stringify(figure)), figure);
  assertEquals((figure.layout.xaxis as JsonObject).dtick, 1);
  assertEquals((figure.layout.yaxis as JsonObject).range, [-2, 1]);
});

Deno.test("lineFigure() refuses a logarithmic axis from 0", () => {
  const panel = { logarithmic: true, yRange: [0, 1], series: [] } as const;
  assertThrows(() => lineFigure([panel]), RangeError, "a range above 0");
  lineFigure([{ ...panel, logarithmic: false }]);
});

Deno.test("lineFigure() refuses curves of two lengths, and no panels", () => {
  const crooked = { name: "loss", x: [1, 2], y: [1] };
  assertThrows(
    () => lineFigure([{ series: [crooked] }]),
    RangeError,
    "the curve loss: expected as many x as y, got 2 and 1",
  );
  assertThrows(() => lineFigure([]), RangeError, "at least one panel");
});
