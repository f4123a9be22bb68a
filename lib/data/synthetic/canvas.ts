import { LABELS, type Rgb } from "../labels.ts";
import { type Camera, cross, dot, type Plane, projection, type Vector } from "./camera.ts";
import { forEachSpan } from "./scan.ts";
import type { Point, Polygon } from "./shapes.ts";

/** What an area looks like and what it is. */
export interface Paint {
  /** The name of its label; without one the labels stay. */
  readonly label?: string;
  /** Its colour in white light; without one the colours stay, but for `tone`. */
  readonly color?: Rgb;
  /** How much brighter than its colour a point of it is, given in metres along the plane. */
  readonly tone?: (u: number, v: number) => number;
  /** Whether it shines by itself, however the light falls. */
  readonly shines?: boolean;
}

const NEAREST = 0.4; // metres; what is nearer is cut off
const SAME_SURFACE = 0.9995; // a detail may be painted onto a surface that rounding puts before it

const IDS = new Map(LABELS.map(({ name, id }) => [name, id]));

/** A picture with a label and a depth for each pixel, where near things hide far ones. */
export class Canvas {
  /** Shape `[height, width, 3]`, 0..255. */
  readonly image: Float32Array;
  /** Shape `[height, width]`, label ids; sky where nothing is painted. */
  readonly labelIds: Uint8Array<ArrayBuffer>;
  /** Shape `[height, width]`, one over the distance in metres; 0 where nothing is painted. */
  readonly nearness: Float32Array;

  /**
   * @param width In pixels.
   * @param height In pixels; the picture is stretched where it isn't half the width.
   * @param camera What the picture is seen through.
   * @param brightness How bright a surface with this normal, which points to the camera, is.
   */
  constructor(
    readonly width: number,
    readonly height: number,
    readonly camera: Camera,
    readonly brightness: (normal: Vector) => number,
  ) {
    this.image = new Float32Array(width * height * 3);
    this.labelIds = new Uint8Array(width * height).fill(IDS.get("sky")!);
    this.nearness = new Float32Array(width * height);
  }

  /**
   * Paints an area of a plane where nothing nearer is painted yet.
   *
   * @throws {RangeError} where the label is not in the table.
   */
  fill(plane: Plane, polygon: Polygon, paint: Paint): void {
    const [a, b, c] = projection(this.camera, plane);
    const det = dot(a, cross(b, c));
    if (Math.abs(det) < 1e-9) return; // it is seen exactly from the side
    const corners = cutNear(polygon, a[2], b[2], c[2]).map(([u, v]): Point => {
      const depth = u * a[2] + v * b[2] + c[2];
      return [
        (u * a[0] + v * b[0] + c[0]) / depth * this.width / 2,
        (u * a[1] + v * b[1] + c[1]) / depth * this.height,
      ];
    });
    const inverse = [cross(b, c), cross(c, a), cross(a, b)]
      .map(([x, y, z]): Vector => [x / det * 2 / this.width, y / det / this.height, z / det]);
    const [[uX, uY, u1], [vX, vY, v1], [nearX, nearY, near1]] = inverse as [Vector, Vector, Vector];
    const put = this.#putter(paint, paint.shines ? 1 : this.#light(plane));
    forEachSpan(corners, this.width, this.height, (row, start, end) => {
      const y = row + 0.5;
      for (let x = start + 0.5, pixel = row * this.width + start; x < end; x++, pixel++) {
        const near = x * nearX + y * nearY + near1;
        if (near < this.nearness[pixel]! * SAME_SURFACE) continue;
        this.nearness[pixel] = near;
        put(pixel, (x * uX + y * uY + u1) / near, (x * vX + y * vY + v1) / near);
      }
    });
  }

  #light({ origin, u, v }: Plane): number {
    const normal = cross(u, v);
    const toCamera: Vector = [-origin[0], this.camera.height - origin[1], -origin[2]];
    const side = Math.sign(dot(normal, toCamera));
    return this.brightness([normal[0] * side, normal[1] * side, normal[2] * side]);
  }

  #putter({ label, color, tone }: Paint, light: number) {
    const id = label === undefined ? undefined : IDS.get(label);
    if (label !== undefined && id === undefined) {
      throw new RangeError(`Cannot paint "${label}": expected a name from the label table`);
    }
    const { image, labelIds } = this;
    return (pixel: number, u: number, v: number) => {
      if (id !== undefined) labelIds[pixel] = id;
      if (!color && !tone) return;
      const factor = (tone ? tone(u, v) : 1) * (color ? light : 1);
      const index = pixel * 3;
      image[index] = factor * (color ? color[0] : image[index]!);
      image[index + 1] = factor * (color ? color[1] : image[index + 1]!);
      image[index + 2] = factor * (color ? color[2] : image[index + 2]!);
    };
  }
}

/** Cuts a polygon off where `u * du + v * dv + d`, its depth, is too small (Sutherland-Hodgman). */
function cutNear(polygon: Polygon, du: number, dv: number, d: number): Polygon {
  const above = ([u, v]: Point) => u * du + v * dv + d - NEAREST;
  if (polygon.every((point) => above(point) >= 0)) return polygon;
  return polygon.flatMap((point, index) => {
    const before = polygon.at(index - 1)!;
    const [from, to] = [above(before), above(point)];
    const kept = to >= 0 ? [point] : [];
    if (from >= 0 === to >= 0) return kept;
    const part = from / (from - to);
    const cut: Point = [
      before[0] + (point[0] - before[0]) * part,
      before[1] + (point[1] - before[1]) * part,
    ];
    return [cut, ...kept];
  });
}
