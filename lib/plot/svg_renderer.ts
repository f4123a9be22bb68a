import { FONT_FAMILY, fontFiles } from "./font_files.ts";

/** How a text is set. */
export interface TextStyle {
  /** The font size in pixels. */
  readonly size: number;
  /** 400 is regular, from 600 on it is semi-bold. @default 400 */
  readonly weight?: number;
}

/** Draws SVG, and measures text as it will be drawn. */
export interface SvgRenderer {
  /** Draws on white, `scale` pixels for each of the SVG's, as a PNG. */
  png(svg: string, scale: number): Uint8Array<ArrayBuffer>;
  /** How far a line of text reaches, in pixels. */
  textWidth(text: string, style: TextStyle): number;
}

let loading: Promise<SvgRenderer> | undefined;

/** The renderer, loaded at the first call. */
export function svgRenderer(): Promise<SvgRenderer> {
  return loading ??= load();
}

async function load(): Promise<SvgRenderer> {
  // resvg takes fonts from files that come with us. sharp draws SVG too, but takes fonts from the
  // system by fontconfig only: where none is installed, as in CI, its text would be missing.
  const { Resvg } = await import("@resvg/resvg-js");
  const font = {
    fontFiles: await fontFiles(),
    loadSystemFonts: false,
    defaultFontFamily: FONT_FAMILY,
  };
  const inkEnd = (text: string, weight: number) => {
    const box = new Resvg(oneLine(text, weight), { font }).getBBox();
    return box ? box.x + box.width : 0;
  };
  const widths = new Map<string, number>();
  return {
    png(svg, scale) {
      const fitTo = { mode: "zoom" as const, value: scale };
      return new Uint8Array(new Resvg(svg, { font, fitTo, background: "#fff" }).render().asPng());
    },
    textWidth(text, { size, weight = 400 }) {
      const key = `${weight} ${text}`;
      // The bar keeps a space at the end from being lost.
      const width = widths.get(key) ?? inkEnd(`${text}|`, weight) - inkEnd("|", weight);
      widths.set(key, width);
      return width * size / MEASURED_SIZE;
    },
  };
}

const MEASURED_SIZE = 100;

function oneLine(text: string, weight: number): string {
  return `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"><text xml:space="preserve" ` +
    `font-size="${MEASURED_SIZE}" font-weight="${weight}">${escapeXml(text)}</text></svg>`;
}

/** A text as XML's text or attribute value. */
export function escapeXml(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;")
    // XML has no other control characters.
    .replaceAll(/[^\P{Cc}\t\n\r]/gu, "");
}
