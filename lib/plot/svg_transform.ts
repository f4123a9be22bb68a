/** An affine map `(x, y) -> (a x + c y + e, b x + d y + f)`, as in SVG. */
export type Matrix = readonly [a: number, b: number, c: number, d: number, e: number, f: number];

/** A rectangle along the axes. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** The map that changes nothing. */
export const IDENTITY: Matrix = [1, 0, 0, 1, 0, 0];

/** The map that applies `inner` first, then `outer`. */
export function compose(outer: Matrix, inner: Matrix): Matrix {
  const [a, b, c, d, e, f] = outer;
  const [g, h, i, j, k, l] = inner;
  return [
    a * g + c * h,
    b * g + d * h,
    a * i + c * j,
    b * i + d * j,
    a * k + c * l + e,
    b * k + d * l + f,
  ];
}

/** Reads a `transform` attribute of translations, rotations and scalings; others are left out. */
export function parseTransform(attribute: string): Matrix {
  let matrix = IDENTITY;
  for (const [, name, list] of attribute.matchAll(/(\w+)\s*\(([^)]*)\)/g)) {
    const numbers = list!.split(/[\s,]+/).filter(Boolean).map(Number);
    for (const step of steps(name!, numbers)) matrix = compose(matrix, step);
  }
  return matrix;
}

function steps(name: string, [p = 0, q, r]: number[]): Matrix[] {
  if (name === "translate") return [[1, 0, 0, 1, p, q ?? 0]];
  if (name === "scale") return [[p, 0, 0, q ?? p, 0, 0]];
  if (name !== "rotate") return [];
  const [sin, cos] = [Math.sin(p * Math.PI / 180), Math.cos(p * Math.PI / 180)];
  const [x, y] = [q ?? 0, r ?? 0];
  return [[1, 0, 0, 1, x, y], [cos, sin, -sin, cos, 0, 0], [1, 0, 0, 1, -x, -y]];
}

/** The smallest box around the box's image. */
export function mapBox([a, b, c, d, e, f]: Matrix, { x, y, width, height }: Box): Box {
  const corners = [[x, y], [x + width, y], [x, y + height], [x + width, y + height]] as const;
  return around(
    corners.map(([u, v]) => ({ x: a * u + c * v + e, y: b * u + d * v + f, width: 0, height: 0 })),
  );
}

/** The smallest box around all of them; an empty one at the origin if there is none. */
export function around(boxes: readonly Box[]): Box {
  if (boxes.length === 0) return { x: 0, y: 0, width: 0, height: 0 };
  const x = Math.min(...boxes.map((box) => box.x));
  const y = Math.min(...boxes.map((box) => box.y));
  return {
    x,
    y,
    width: Math.max(...boxes.map((box) => box.x + box.width)) - x,
    height: Math.max(...boxes.map((box) => box.y + box.height)) - y,
  };
}
