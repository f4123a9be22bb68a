import type { Random } from "./random.ts";

/** A point on a plane, in metres along its axes. */
export type Point = readonly [u: number, v: number];

/** The corners of an area on a plane. Where it overlaps itself it has a hole. */
export type Polygon = readonly Point[];

/** The rectangle between two opposite corners. */
export function rectangle([u0, v0]: Point, [u1, v1]: Point): Polygon {
  return [[u0, v0], [u1, v0], [u1, v1], [u0, v1]];
}

/** A line with a width; it may become thicker or thinner. */
export function line([u0, v0]: Point, [u1, v1]: Point, width: number, endWidth = width): Polygon {
  const length = Math.hypot(u1 - u0, v1 - v0) * 2;
  const [du, dv] = [(v0 - v1) / length, (u1 - u0) / length];
  return [
    [u0 + du * width, v0 + dv * width],
    [u1 + du * endWidth, v1 + dv * endWidth],
    [u1 - du * endWidth, v1 - dv * endWidth],
    [u0 - du * width, v0 - dv * width],
  ];
}

/** An ellipse, or with few corners a regular polygon that stands on a corner. */
export function ellipse([u, v]: Point, width: number, height = width, corners = 18): Polygon {
  return Array.from({ length: corners + 1 }, (_, index): Point => {
    const angle = (index / corners) * 2 * Math.PI;
    return [u - Math.sin(angle) * width / 2, v - Math.cos(angle) * height / 2];
  });
}

/** A circle with a round hole. */
export function ring(center: Point, outer: number, inner: number): Polygon {
  return [...ellipse(center, outer), ...ellipse(center, inner)];
}

/** An uneven round shape, such as a tree's crown. */
export function blob(center: Point, size: number, random: Random): Polygon {
  return ellipse(center, size, size, 22).map(([u, v]): Point => {
    const stretch = random.between(0.8, 1.1);
    return [center[0] + (u - center[0]) * stretch, center[1] + (v - center[1]) * stretch];
  });
}
