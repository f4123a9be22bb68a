import {
  type Figure,
  figureToPng,
  type ImageTable,
  imageTable,
  PLOTLY_CONFIG,
  scriptJson,
} from "../plot/mod.ts";
import { imageHtml } from "./html.ts";
import { DISPLAY, type Displayable, type MimeBundle } from "./kernel.ts";

/** Where `deno task lab` serves plotly.js, from its base address. */
export const PLOTLY_PATH = "static/denoscapes/plotly.js";
const PICTURE_SCALE = 1.5;

/**
 * Shows a figure: a static picture, in whose place an interactive Plotly figure comes where scripts
 * may run and plotly.js is at hand.
 *
 * @param figure The figure.
 * @returns What a cell ends in to show it.
 *
 * @example
 * ```ts
 * import { lineFigure } from "../plot/mod.ts";
 * import { plot } from "./plot.ts";
 *
 * plot(lineFigure([{ series: [{ name: "loss", x: [1, 2], y: [2.9, 2.1] }] }]));
 * ```
 */
export function plot(figure: Figure): Displayable {
  return { [DISPLAY]: () => figureBundle(figure) };
}

/** Shows images in rows and columns, with the colours of the classes explained. */
export function pictures(table: ImageTable): Displayable {
  return { [DISPLAY]: () => imageTableBundle(table) };
}

/** A figure for a cell's output. */
export async function figureBundle(figure: Figure): Promise<MimeBundle> {
  const title = titleOf(figure);
  const picture = await pictureHtml(figure);
  return {
    // Both must be in the same HTML: a front end shows one medium, and most prefer HTML to PNG.
    "text/html": `<div>${picture}</div><script>(${REPLACE_PICTURE})(${
      [figure, PLOTLY_CONFIG, PLOTLY_PATH].map(scriptJson).join(", ")
    });</script>`,
    // Visual Studio Code and others have a renderer of their own for it.
    "application/vnd.plotly.v1+json": { ...figure, config: PLOTLY_CONFIG },
    "text/plain": title,
  };
}

/** A figure's static picture alone, for outputs that change many times. */
export async function pictureHtml(figure: Figure): Promise<string> {
  const png = await figureToPng(figure, { scale: PICTURE_SCALE });
  const { width } = figure.layout;
  return imageHtml(png, titleOf(figure), typeof width === "number" ? width : undefined);
}

async function imageTableBundle(table: ImageTable): Promise<MimeBundle> {
  const png = await imageTable(table);
  return { "image/png": png.toBase64(), "text/plain": `images: ${table.columns.join(", ")}` };
}

function titleOf({ layout }: Figure): string {
  const { text } = (layout.title ?? {}) as { text?: string };
  return text ?? "figure";
}

/**
 * Runs in JupyterLab's page: puts the interactive figure in the place of the picture before it. The
 * first figure loads plotly.js for the page. Where it is not served, the picture stays.
 */
const REPLACE_PICTURE = `(figure, config, path) => {
  const place = document.currentScript.previousElementSibling;
  const page = document.getElementById("jupyter-config-data");
  if (!place || !page) return;
  window.denoscapesPlotly ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = JSON.parse(page.textContent).baseUrl + path;
    script.onload = () => resolve(window.Plotly);
    script.onerror = reject;
    document.head.append(script);
  });
  window.denoscapesPlotly.then((Plotly) => {
    const { width, ...layout } = figure.layout;
    const live = document.createElement("div");
    live.style.maxWidth = width + "px";
    const picture = [...place.childNodes];
    place.replaceChildren(live);
    return Plotly.newPlot(live, figure.data, layout, config)
      .catch(() => place.replaceChildren(...picture));
  }).catch(() => {});
}`;
