import type { SvgRenderer } from "./svg_renderer.ts";
import { STYLE } from "./style.ts";

/** The size of an image as it is drawn, in pixels. */
export interface Cell {
  readonly width: number;
  readonly height: number;
}

/** What is to be laid out. */
export interface TableContent {
  readonly heads: readonly string[];
  /** Each has one cell a head, and a caption for its first columns or for none. */
  readonly rows: readonly {
    readonly captions: readonly string[];
    readonly cells: readonly Cell[];
  }[];
  readonly legend: readonly string[];
}

/** Something with its place: the top left corner, of a text the baseline's start. */
export type Placed =
  & { readonly x: number; readonly y: number }
  & (
    | { kind: "text"; text: string; size: number; weight: number }
    | { kind: "image"; row: number; column: number } & Cell
    | { kind: "swatch"; index: number } & Cell
  );

/** A table's size and what is where in it, in pixels. */
export interface TableLayout {
  readonly width: number;
  readonly height: number;
  readonly placed: readonly Placed[];
}

const MARGIN = 16;
const GAP = 10;
const LINE = 22;
const SWATCH = 12;
const TEXT = { size: STYLE.fontSize, weight: 400 };
const HEAD = { size: STYLE.fontSize, weight: 600 };

/**
 * Places the heads in one line, under it each row's captions and images, under them the legend, whose
 * entries flow in lines as wide as the table. All places are whole pixels, or images would blur.
 */
export function layOut(content: TableContent, textWidth: SvgRenderer["textWidth"]): TableLayout {
  const { heads, rows, legend } = content;
  const placed: Placed[] = [];
  const columns = heads.map((head, column) =>
    Math.ceil(Math.max(textWidth(head, HEAD), ...rows.map(({ cells }) => cells[column]!.width)))
  );
  const lefts = columns.map((_, column) =>
    columns.slice(0, column).reduce((sum, width) => sum + width + GAP, MARGIN)
  );
  const captions = rows.flatMap(({ captions }) =>
    captions.map((text, column) => lefts[column]! - MARGIN + Math.ceil(textWidth(text, TEXT)))
  );
  const images = columns.reduce((sum, width) => sum + width, GAP * Math.max(0, columns.length - 1));
  const inner = Math.max(images, ...captions, legend.length > 0 ? SMALLEST_LEGEND : 0);

  let y = MARGIN;
  heads.forEach((text, column) =>
    placed.push({ kind: "text", text, ...HEAD, x: lefts[column]!, y: y + SWATCH })
  );
  y += LINE;
  rows.forEach(({ captions, cells }, row) => {
    captions.forEach((text, column) =>
      placed.push({ kind: "text", text, ...TEXT, x: lefts[column]!, y: y + SWATCH })
    );
    if (captions.length > 0) y += LINE;
    cells.forEach((cell, column) =>
      placed.push({ kind: "image", row, column, x: lefts[column]!, y, ...cell })
    );
    y += Math.max(0, ...cells.map(({ height }) => height)) + GAP;
  });
  y = placeLegend(legend, { y, inner, textWidth, placed });
  return { width: inner + 2 * MARGIN, height: y + MARGIN - GAP, placed };
}

/** A legend beside a single small image is not squeezed to its width. */
const SMALLEST_LEGEND = 240;

function placeLegend(
  legend: readonly string[],
  at: { y: number; inner: number; textWidth: SvgRenderer["textWidth"]; placed: Placed[] },
): number {
  const { inner, textWidth, placed } = at;
  if (legend.length === 0) return at.y;
  let x = MARGIN;
  let y = at.y + GAP;
  legend.forEach((text, index) => {
    const width = SWATCH + 6 + Math.ceil(textWidth(text, TEXT));
    if (x > MARGIN && x + width > MARGIN + inner) {
      x = MARGIN;
      y += LINE;
    }
    placed.push({ kind: "swatch", index, x, y, width: SWATCH, height: SWATCH });
    placed.push({ kind: "text", text, ...TEXT, x: x + SWATCH + 6, y: y + SWATCH - 1 });
    x += width + 16;
  });
  return y + LINE;
}
