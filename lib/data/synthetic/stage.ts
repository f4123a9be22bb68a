import { type Plane, upright } from "./camera.ts";
import type { Canvas } from "./canvas.ts";
import type { Light } from "./light.ts";
import type { Random } from "./random.ts";
import { along, type Street } from "./street.ts";

/** A place on the road where something stands, and where it heads. */
export interface Spot {
  /** In metres right of the camera. */
  readonly x: number;
  /** In metres ahead of the camera. */
  readonly z: number;
  /** The angle from ahead to the right, in radians. */
  readonly heading: number;
}

/** What is needed to draw a part of a scene. */
export class Stage {
  #taken: { x: number; z: number; radius: number }[] = [];

  constructor(
    readonly canvas: Canvas,
    readonly random: Random,
    readonly street: Street,
    readonly light: Light,
  ) {}

  /**
   * Looks for a place where something stands in nothing's way, and keeps it.
   *
   * @param across Its distance from the camera's path, chosen between these two, in metres.
   * @param ahead Its distance ahead, likewise.
   * @param size Its width and length along the street, in metres.
   * @returns The place of its centre, or `undefined` where none was found.
   */
  place(
    across: readonly [number, number],
    ahead: readonly [number, number],
    [width, length]: readonly [number, number],
  ): { x: number; z: number } | undefined {
    for (let attempt = 0; attempt < 12; attempt++) {
      const [offset, z] = [this.random.between(...across), this.random.between(...ahead)];
      // Long things are a row of circles as wide as they are.
      const radius = width / 2;
      const steps = Math.max(1, Math.round(length / width));
      const [x] = along(this.street, offset, z);
      const circles = Array.from({ length: steps }, (_, k) => {
        const ahead = z + (k + 0.5 - steps / 2) * (length / steps);
        return { x: along(this.street, offset, ahead)[0], z: ahead, radius };
      });
      const free = circles.every((one) =>
        this.#taken.every((other) =>
          Math.hypot(one.x - other.x, one.z - other.z) > one.radius + other.radius
        )
      );
      if (!free) continue;
      this.#taken.push(...circles);
      return { x, z };
    }
    return undefined;
  }
}

/** The upright plane through a spot along its heading, shifted to its right by some metres. */
export function lengthwise({ x, z, heading }: Spot, shift = 0): Plane {
  const [sin, cos] = [Math.sin(heading), Math.cos(heading)];
  const [x0, z0] = [x + cos * shift, z - sin * shift];
  return upright([x0, z0], [x0 + sin, z0 + cos]);
}
