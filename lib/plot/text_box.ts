import {
  around,
  type Box,
  compose,
  IDENTITY,
  mapBox,
  type Matrix,
  parseTransform,
} from "./svg_transform.ts";
import type { SvgRenderer, TextStyle } from "./svg_renderer.ts";

/** What is used of an element of the page, jsdom's or a browser's. */
export interface PageElement {
  readonly localName: string;
  readonly textContent: string | null;
  readonly parentElement: PageElement | null;
  readonly style?: {
    readonly fontSize: string;
    readonly fontWeight: string;
    readonly textAnchor?: string;
  };
  getAttribute(name: string): string | null;
  querySelectorAll(selector: string): Iterable<PageElement>;
}

/** How far Open Sans reaches above and below the baseline, for a font size of 1. */
const ASCENT = 1.069;
const DESCENT = 0.293;
/** Plotly's distance of baselines, for a font size of 1. */
const LINE_HEIGHT = 1.3;

/**
 * The box around the texts in an element, which jsdom, having no layout, cannot tell. Plotly places
 * labels, legends and margins by it.
 *
 * @param element A text, or what holds texts; without any the box is empty.
 * @param root The element in whose coordinates the box is, its own transform not applied; `null` for
 * the page's.
 */
export function textBox(
  element: PageElement,
  root: PageElement | null,
  measure: SvgRenderer["textWidth"],
): Box {
  const texts = element.localName === "text" ? [element] : [...element.querySelectorAll("text")];
  return around(
    texts.filter((text) => text.textContent)
      .map((text) => mapBox(matrixTo(root, text), ownBox(text, measure))),
  );
}

function matrixTo(root: PageElement | null, element: PageElement): Matrix {
  let matrix = IDENTITY;
  for (let at: PageElement | null = element; at && at !== root; at = at.parentElement) {
    matrix = compose(parseTransform(at.getAttribute("transform") ?? ""), matrix);
  }
  return matrix;
}

function ownBox(text: PageElement, measure: SvgRenderer["textWidth"]): Box {
  const style = textStyle(text);
  const tspans = [...text.querySelectorAll("tspan.line")];
  const lines = tspans.length > 0 ? tspans : [text];
  const width = Math.max(...lines.map(({ textContent }) => measure(textContent ?? "", style)));
  const anchor = text.getAttribute("text-anchor") ?? text.style?.textAnchor ?? "";
  const before = anchor === "middle" ? 0.5 : anchor === "end" ? 1 : 0;
  return {
    x: Number(text.getAttribute("x") ?? 0) - before * width,
    y: Number(text.getAttribute("y") ?? 0) - ASCENT * style.size,
    width,
    height: (ASCENT + DESCENT + LINE_HEIGHT * (lines.length - 1)) * style.size,
  };
}

/** The font as Plotly sets it, inline on the text or on an element around it. */
function textStyle(text: PageElement): TextStyle {
  let size = "";
  let weight = "";
  for (let at: PageElement | null = text; at; at = at.parentElement) {
    size ||= at.style?.fontSize ?? "";
    weight ||= at.style?.fontWeight ?? "";
  }
  return { size: parseFloat(size) || 12, weight: weight === "bold" ? 700 : Number(weight) || 400 };
}
