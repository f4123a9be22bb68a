import type { Figure } from "./figure.ts";
import { PLOTLY_CONFIG, plotlyScript } from "./plotly_script.ts";
import { STYLE } from "./style.ts";
import { escapeXml } from "./svg_renderer.ts";

/** Options of {@linkcode figurePage}. */
export interface FigurePageOptions {
  /** The page's title and heading. @default "Figures" */
  readonly title?: string;
}

// The policy forbids the page to fetch anything: what it shows is in it.
const POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; " +
  "img-src data: blob:";

const CSS = `
body { margin: 2rem auto; max-width: 1200px; padding: 0 1rem; color: ${STYLE.ink};
  background: ${STYLE.background}; font: ${STYLE.fontSize}px ${STYLE.fontFamily}; }
h1 { font-size: 1.5rem; font-weight: 600; }
.figure { width: 100%; margin-bottom: 2rem; }
`;

// A width in the layout would be fixed: it becomes the largest one.
const DRAW = `
for (const [index, { data, layout: { width, ...layout } }] of FIGURES.entries()) {
  const place = document.getElementById("figure-" + index);
  if (width) place.style.maxWidth = width + "px";
  Plotly.newPlot(place, data, layout, ${JSON.stringify(PLOTLY_CONFIG)});
}
`;

/**
 * A page that shows figures in any browser, without a network: one can zoom, read values, and hide
 * curves. plotly.js is in it, so it has 10 MB.
 *
 * @param figures The figures, from top to bottom.
 * @returns The page's HTML.
 *
 * @example
 * ```ts
 * import { figurePage } from "./figure_page.ts";
 * import { lineFigure } from "./line_figure.ts";
 *
 * const figure = lineFigure([{ series: [{ name: "mIoU", x: [1, 2], y: [0.3, 0.4] }] }]);
 * const html = await figurePage([figure], { title: "A short run" });
 * ```
 */
export async function figurePage(
  figures: readonly Figure[],
  options: FigurePageOptions = {},
): Promise<string> {
  const title = escapeXml(options.title ?? "Figures");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>
<style>${CSS}</style>
</head>
<body>
<h1>${title}</h1>
${figures.map((_, index) => `<div class="figure" id="figure-${index}"></div>`).join("\n")}
<script>${inlineScript(await plotlyScript())}</script>
<script>
const FIGURES = ${scriptJson(figures)};${DRAW}</script>
</body>
</html>
`;
}

/**
 * A value as JSON that can stand in a page's script: it may hold "</script>" in a name; so written,
 * that is the same string.
 */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

/**
 * A script's text as it can stand in an HTML page: what would end the script's element, or keep it
 * from ending, is written with an escape that means the same in a string or regular expression.
 */
export function inlineScript(script: string): string {
  return script.replaceAll(/<(?=\/script|!--)/gi, "\\x3c");
}
