/** What is used of an HTML canvas. */
interface Canvas {
  readonly width: number;
  readonly height: number;
}

/**
 * As much of a canvas as Plotly draws the cells of a heat map on: it keeps the rectangles and gives
 * them out as an SVG image, which stays sharp at any scale.
 */
export class VectorCanvas {
  /** The colour of the next rectangle, as in CSS. */
  fillStyle = "#000";
  readonly #canvas: Canvas;
  readonly #cells: string[] = [];

  /** @param canvas The element whose size counts. */
  constructor(canvas: Canvas) {
    this.#canvas = canvas;
  }

  /** Adds a rectangle, in pixels. */
  fillRect(x: number, y: number, width: number, height: number): void {
    this.#cells.push(
      `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${this.fillStyle}"/>`,
    );
  }

  /** Plotly asks for pixels where cells touch each other or blend. */
  createImageData(): never {
    throw new Error(
      "Cannot draw the heat map: expected one with xgap and ygap above 0 and without zsmooth, got " +
        "one that is drawn in pixels",
    );
  }

  /** The image as a data URL. */
  toDataURL(): string {
    const { width, height } = this.#canvas;
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">` +
      `${this.#cells.join("")}</svg>`;
    return `data:image/svg+xml;base64,${btoa(svg)}`;
  }
}
