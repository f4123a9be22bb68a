import type { Figure } from "./figure.ts";
import { plotlyScript } from "./plotly_script.ts";
import { type SvgRenderer, svgRenderer } from "./svg_renderer.ts";
import { type PageElement, textBox } from "./text_box.ts";
import { VectorCanvas } from "./vector_canvas.ts";

/** What is used of plotly.js. */
export interface Plotly {
  /** Draws a figure. */
  toImage(
    figure: Figure,
    options: { format: "svg"; imageDataOnly: true; width: number; height: number },
  ): Promise<string>;
}

/** What is used of jsdom's window. */
interface PageWindow {
  eval(script: string): void;
  Plotly: Plotly;
  URL: { createObjectURL?: () => string };
  Element: { prototype: object };
  SVGElement: { prototype: object };
  HTMLCanvasElement: { prototype: object };
}

let loading: Promise<Plotly> | undefined;

/** plotly.js in a page without a browser, loaded at the first call. */
export function headlessPlotly(): Promise<Plotly> {
  return loading ??= load();
}

async function load(): Promise<Plotly> {
  const [{ JSDOM }, script, renderer] = await Promise.all([
    import("jsdom"),
    plotlyScript(),
    svgRenderer(),
  ]);
  const page = new JSDOM("", { runScripts: "outside-only", pretendToBeVisual: true });
  const window = page.window as unknown as PageWindow;
  addLayout(window, renderer.textWidth);
  addCanvas(window);
  window.eval(script);
  return window.Plotly;
}

/** jsdom lays nothing out: the sizes that Plotly asks for are answered here. */
function addLayout(window: PageWindow, measure: SvgRenderer["textWidth"]): void {
  Object.assign(window.Element.prototype, {
    getBoundingClientRect(this: PageElement) {
      const { x, y, width, height } = textBox(this, null, measure);
      return { x, y, width, height, left: x, top: y, right: x + width, bottom: y + height };
    },
  });
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: PageElement) {
      return textBox(this, this, measure);
    },
    getComputedTextLength(this: PageElement) {
      return textBox(this, this, measure).width;
    },
  });
}

function addCanvas(window: PageWindow): void {
  const canvases = new WeakMap<object, VectorCanvas>();
  Object.assign(window.HTMLCanvasElement.prototype, {
    getContext(this: PageCanvas, kind: string) {
      if (kind !== "2d") return null;
      const canvas = canvases.get(this) ?? new VectorCanvas(this);
      canvases.set(this, canvas);
      return canvas;
    },
    toDataURL(this: PageCanvas) {
      return (canvases.get(this) ?? new VectorCanvas(this)).toDataURL();
    },
  });
  // Plotly looks for it when it loads, and uses it for maps only.
  window.URL.createObjectURL = () => "";
}

/** What is used of jsdom's canvas. */
interface PageCanvas {
  width: number;
  height: number;
}
