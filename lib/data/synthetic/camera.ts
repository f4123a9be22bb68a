/** A place or direction in metres: to the right, up, and ahead of the spot below the camera. */
export type Vector = readonly [x: number, y: number, z: number];

/** A flat surface; a point on it is `origin + a * u + b * v`. */
export interface Plane {
  readonly origin: Vector;
  /** Its first axis, of length 1. */
  readonly u: Vector;
  /** Its second axis, of length 1 and at a right angle to `u`. */
  readonly v: Vector;
}

/** A camera that looks along the road. Lengths in the picture are in picture heights. */
export interface Camera {
  readonly focalLength: number;
  /** How high it is above the road, in metres. */
  readonly height: number;
  /** Where the road vanishes: from the left, 0..2, and from the top, 0..1. */
  readonly vanishingPoint: readonly [x: number, y: number];
}

/** The ground; its axes lead to the right and ahead. */
export const GROUND: Plane = { origin: [0, 0, 0], u: [1, 0, 0], v: [0, 0, 1] };

/** An upright plane that faces the camera, its origin on the ground. */
export function facing(x: number, z: number): Plane {
  return { origin: [x, 0, z], u: [1, 0, 0], v: [0, 1, 0] };
}

/** An upright plane from one spot on the ground towards another. */
export function upright(
  [x0, z0]: readonly [number, number],
  [x1, z1]: readonly [number, number],
): Plane {
  const length = Math.hypot(x1 - x0, z1 - z0);
  return { origin: [x0, 0, z0], u: [(x1 - x0) / length, 0, (z1 - z0) / length], v: [0, 1, 0] };
}

/** The cross product of two vectors. */
export function cross([ax, ay, az]: Vector, [bx, by, bz]: Vector): Vector {
  return [ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx];
}

/** The dot product of two vectors. */
export function dot([ax, ay, az]: Vector, [bx, by, bz]: Vector): number {
  return ax * bx + ay * by + az * bz;
}

/**
 * The columns of the homography from a plane to the picture: for a point (a, b) on the plane,
 * `a * [0] + b * [1] + [2]` is (x * depth, y * depth, depth) of its place in the picture.
 */
export function projection(camera: Camera, { origin, u, v }: Plane): [Vector, Vector, Vector] {
  const [centerX, centerY] = camera.vanishingPoint;
  const f = camera.focalLength;
  const column = ([x, y, z]: Vector): Vector => [f * x + centerX * z, centerY * z - f * y, z];
  return [column(u), column(v), column([origin[0], origin[1] - camera.height, origin[2]])];
}
