import type { Figure } from "./figure.ts";
import { headlessPlotly } from "./headless_plotly.ts";
import { svgRenderer } from "./svg_renderer.ts";

/** Options of {@linkcode figureToPng}. */
export interface FigureToPngOptions {
  /** The figure's width in its own pixels. @default its `layout.width`, or 800 */
  readonly width?: number;
  /** The figure's height in its own pixels. @default its `layout.height`, or 450 */
  readonly height?: number;
  /** How many of the picture's pixels there are for each of the figure's. @default 1 */
  readonly scale?: number;
}

/**
 * Draws a figure as a static picture, without a browser and without any installed font. The first
 * call loads plotly.js, which takes about a second.
 *
 * It can draw what SVG can: curves, bars, and heat maps that have `xgap` and `ygap`.
 *
 * @returns A PNG of `width * scale` by `height * scale` pixels.
 * @throws {RangeError} if a size is not a positive number.
 * @throws {Error} for a heat map without gaps.
 *
 * @example
 * ```ts
 * import { figureToPng } from "./figure_to_png.ts";
 * import { lineFigure } from "./line_figure.ts";
 *
 * const figure = lineFigure([{ series: [{ name: "mIoU", x: [1, 2], y: [0.3, 0.4] }] }]);
 * const png = await figureToPng(figure, { scale: 2 });
 * ```
 */
export async function figureToPng(
  figure: Figure,
  options: FigureToPngOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { width = natural(figure, "width", 800), height = natural(figure, "height", 450) } =
    options;
  const { scale = 1 } = options;
  for (const [name, value] of Object.entries({ width, height, scale })) {
    if (!(value > 0 && value < Infinity)) {
      throw new RangeError(`Cannot draw the figure: expected a ${name} above 0, got ${value}`);
    }
  }
  const plotly = await headlessPlotly();
  // Plotly changes what it draws.
  const copy = structuredClone(figure);
  const svg = await plotly.toImage(copy, { format: "svg", imageDataOnly: true, width, height });
  // resvg knows references without quotes only.
  const unquoted = svg.replaceAll(/url\('(#[^']+)'\)/g, "url($1)");
  return (await svgRenderer()).png(unquoted, scale);
}

function natural(figure: Figure, name: "width" | "height", otherwise: number): number {
  const value = figure.layout[name];
  return typeof value === "number" ? value : otherwise;
}
