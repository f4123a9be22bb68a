import type { LabelClass, RgbImage } from "../data/mod.ts";
import { type Cell, layOut, type Placed } from "./image_table_layout.ts";
import { STYLE } from "./style.ts";
import { escapeXml, svgRenderer } from "./svg_renderer.ts";

/** A row of images that belong together. */
export interface ImageTableRow {
  /** Stands above the images, such as the frame's name; or one text for each column. */
  readonly caption?: string | readonly string[];
  /** One for each column. */
  readonly images: readonly RgbImage[];
}

/** Images in rows and columns. */
export interface ImageTable {
  /** The column heads, such as input, truth and prediction. */
  readonly columns: readonly string[];
  readonly rows: readonly ImageTableRow[];
  /** The classes whose colours are explained below the images. */
  readonly legend?: readonly Pick<LabelClass, "name" | "color">[];
}

/** Options of {@linkcode imageTable}. */
export interface ImageTableOptions {
  /**
   * The width in pixels that images are enlarged to at most, by a whole factor; wider ones are left
   * as they are.
   * @default 256
   */
  readonly cellWidth?: number;
}

/**
 * Draws a table of images, with column heads, row captions and a legend of class colours. Small
 * images are enlarged pixel by pixel: no colour appears that is no class.
 *
 * @returns A PNG.
 * @throws {RangeError} if a row has not one image for each column, or an image not 3 values a pixel.
 *
 * @example
 * ```ts
 * import { CITYSCAPES, colorize } from "../data/mod.ts";
 * import { imageTable } from "./image_table.ts";
 *
 * const truth = { pixels: colorize(Uint8Array.of(0, 13), CITYSCAPES), width: 2, height: 1 };
 * const png = await imageTable({
 *   columns: ["truth"],
 *   rows: [{ caption: "aachen_000000_000019", images: [truth] }],
 *   legend: CITYSCAPES.classes,
 * });
 * ```
 */
export async function imageTable(
  table: ImageTable,
  options: ImageTableOptions = {},
): Promise<Uint8Array<ArrayBuffer>> {
  const { cellWidth = 256 } = options;
  const rows = table.rows.map((row, index) => {
    if (row.images.length !== table.columns.length) {
      throw new RangeError(
        `Cannot draw the image table: expected ${table.columns.length} images in row ${index}, ` +
          `got ${row.images.length}`,
      );
    }
    const captions = [row.caption ?? []].flat();
    return { captions, cells: row.images.map((image) => cell(image, cellWidth)) };
  });
  const renderer = await svgRenderer();
  const legend = table.legend ?? [];
  const { width, height, placed } = layOut(
    { heads: table.columns, rows, legend: legend.map(({ name }) => name) },
    renderer.textWidth,
  );
  const parts = await Promise.all(placed.map((item) => draw(item, table)));
  const svg =
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ` +
    `width="${width}" height="${height}">${parts.join("")}</svg>`;
  return renderer.png(svg, 1);
}

function cell({ pixels, width, height }: RgbImage, cellWidth: number): Cell {
  if (pixels.length !== width * height * 3 || pixels.length === 0) {
    throw new RangeError(
      `Cannot draw the image table: expected ${width}x${height}x3 values in an image, ` +
        `got ${pixels.length}`,
    );
  }
  const factor = Math.max(1, Math.floor(cellWidth / width));
  return { width: width * factor, height: height * factor };
}

async function draw(item: Placed, { rows, legend }: ImageTable): Promise<string> {
  const { x, y } = item;
  if (item.kind === "text") {
    const { text, size, weight } = item;
    const color = weight > 400 ? STYLE.ink : STYLE.muted;
    return `<text x="${x}" y="${y}" font-size="${size}" font-weight="${weight}" fill="${color}">` +
      `${escapeXml(text)}</text>`;
  }
  const box = `x="${x}" y="${y}" width="${item.width}" height="${item.height}"`;
  if (item.kind === "swatch") {
    return `<rect ${box} fill="rgb(${legend![item.index]!.color})" stroke="${STYLE.grid}"/>`;
  }
  const png = await encode(rows[item.row]!.images[item.column]!);
  // resvg enlarges without blending under this old name only.
  return `<image ${box} image-rendering="optimizeSpeed" preserveAspectRatio="none" ` +
    `xlink:href="data:image/png;base64,${png}"/>`;
}

async function encode({ pixels, width, height }: RgbImage): Promise<string> {
  const { default: sharp } = await import("sharp");
  const raw = { width, height, channels: 3 as const };
  return (await sharp(pixels, { raw }).png({ compressionLevel: 1 }).toBuffer()).toString("base64");
}
