import type { Polygon } from "./shapes.ts";

const ascending = (one: number, other: number) => one - other;

/**
 * Calls `visit` with the runs of pixels whose centres are inside a polygon (even-odd rule).
 *
 * @param corners In pixels from the picture's upper left corner; they may lie outside.
 * @param width The picture's, in pixels.
 * @param height The picture's, in pixels.
 * @param visit Hears of a row, the first pixel of a run in it, and the one after the last.
 */
export function forEachSpan(
  corners: Polygon,
  width: number,
  height: number,
  visit: (row: number, start: number, end: number) => void,
): void {
  const [left, right, top, bottom] = bounds(corners);
  if (right < 0 || left > width) return;
  const last = Math.min(height - 1, Math.floor(bottom - 0.5));
  const column = (x: number) => Math.min(width, Math.max(0, Math.ceil(x - 0.5)));
  for (let row = Math.max(0, Math.ceil(top - 0.5)); row <= last; row++) {
    const y = row + 0.5;
    const crossings: number[] = [];
    let [x0, y0] = corners[corners.length - 1]!;
    for (const [x1, y1] of corners) {
      if (y0 <= y !== y1 <= y) crossings.push(x0 + (x1 - x0) * (y - y0) / (y1 - y0));
      [x0, y0] = [x1, y1];
    }
    if (crossings.length > 2 || crossings[0]! > crossings[1]!) crossings.sort(ascending);
    for (let index = 1; index < crossings.length; index += 2) {
      visit(row, column(crossings[index - 1]!), column(crossings[index]!));
    }
  }
}

function bounds(corners: Polygon): [left: number, right: number, top: number, bottom: number] {
  let [left, right, top, bottom] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of corners) {
    [left, right] = [Math.min(left, x), Math.max(right, x)];
    [top, bottom] = [Math.min(top, y), Math.max(bottom, y)];
  }
  return [left, right, top, bottom];
}
