import type { JsonObject } from "./figure.ts";

/** How every picture looks: the one place to change it. */
export const STYLE = {
  /** The first family is the one that comes with the library; a page falls back to the others. */
  fontFamily: "Open Sans, Segoe UI, Helvetica, Arial, sans-serif",
  fontSize: 13,
  titleSize: 15,
  ink: "#1f2933",
  muted: "#52606d",
  grid: "#e4e7eb",
  background: "#ffffff",
  /**
   * The colours of curves, in the order they are given out; told apart by colour-blind readers too.
   * Source: M. Okabe and K. Ito, "Color Universal Design", 2008, its yellow and black left out.
   */
  colors: ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"],
  /** The colour scale of shares 0..1: white to a dark blue. */
  colorscale: [[0, "#ffffff"], [0.25, "#c6dbef"], [0.5, "#6baed6"], [0.75, "#2171b5"], [
    1,
    "#08306b",
  ]],
} as const;

/** The part of the layout that all figures share. */
export const BASE_LAYOUT: JsonObject = {
  font: { family: STYLE.fontFamily, size: STYLE.fontSize, color: STYLE.ink },
  paper_bgcolor: STYLE.background,
  plot_bgcolor: STYLE.background,
  colorway: STYLE.colors,
};

/** A legend in one line at the foot of the figure. */
export const LEGEND_BELOW: JsonObject = {
  orientation: "h",
  x: 0.5,
  xanchor: "center",
  yref: "container",
  y: 0.02,
};

/** An axis's title. */
export function axisTitle(text = ""): JsonObject {
  return { text, font: { color: STYLE.muted, size: STYLE.fontSize }, standoff: 8 };
}

/** A figure's title, at the top left; `null` leaves no room for one. */
export function titleLayout(title: string | undefined): JsonObject | null {
  if (!title) return null;
  return {
    text: title,
    font: { size: STYLE.titleSize, weight: 600 },
    x: 0,
    xref: "container",
    xanchor: "left",
    y: 1,
    yref: "container",
    yanchor: "top",
    pad: { l: 16, t: 12 },
  };
}
