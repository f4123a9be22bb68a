import { escapeXml } from "../plot/mod.ts";

/** A PNG as an element; `width` is the one it is shown at, in pixels. */
export function imageHtml(png: Uint8Array, alt: string, width?: number): string {
  const size = width ? ` width="${width}"` : "";
  return `<img src="data:image/png;base64,${png.toBase64()}" alt="${escapeXml(alt)}"${size}>`;
}

/** A table's content; what is a string or number is text, the rest is HTML as it is. */
export interface TableContent {
  heads: readonly string[];
  rows: readonly (readonly (string | number | { html: string })[])[];
}

/** A table for a cell's output, without styles, which untrusted notebooks would lose. */
export function tableHtml({ heads, rows }: TableContent): string {
  const row = (tag: string, cells: readonly string[]) =>
    `<tr>${cells.map((cell) => `<${tag}>${cell}</${tag}>`).join("")}</tr>`;
  const body = rows.map((cells) =>
    row("td", cells.map((cell) => typeof cell === "object" ? cell.html : escapeXml(String(cell))))
  );
  return `<table><thead>${row("th", heads.map(escapeXml))}</thead>` +
    `<tbody>${body.join("")}</tbody></table>`;
}

/** The same table as plain text; what is HTML is left out. */
export function tableText({ heads, rows }: TableContent): string {
  const texts = rows.map((cells) => cells.map((cell) => typeof cell === "object" ? "" : `${cell}`));
  const widths = heads.map((head, i) =>
    Math.max(head.length, ...texts.map((row) => row[i]!.length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd();
  return [heads, ...texts].map(line).join("\n");
}
