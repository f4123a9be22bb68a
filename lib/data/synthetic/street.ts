import type { Camera } from "./camera.ts";
import type { Point, Polygon } from "./shapes.ts";
import type { Random } from "./random.ts";

/** One side of a street; distances are in metres from the camera's path, positive. */
export interface Roadside {
  /** -1 for the left, 1 for the right. */
  readonly sign: -1 | 1;
  /** Where the road ends. */
  readonly kerb: number;
  /** Where the tramway or the strip of grass beside the road ends; the kerb if there is neither. */
  readonly pavement: number;
  /** Whether that strip is a tramway. */
  readonly tramway: boolean;
  /** Where the pavement ends and the premises begin. */
  readonly premises: number;
}

/** Where everything is that does not move, and what it is seen through. */
export interface Street {
  readonly camera: Camera;
  readonly roadsides: readonly [left: Roadside, right: Roadside];
  /** How far it bends to the right: metres for each metre ahead, squared. */
  readonly bend: number;
}

/** A street, its measures chosen at random. */
export function planStreet(random: Random): Street {
  const tramSide = random.chance(0.6) ? random.pick([-1, 1]) : 0;
  return {
    camera: {
      focalLength: random.between(1.35, 1.7),
      height: random.between(1.4, 2.3),
      vanishingPoint: [random.between(0.8, 1.2), random.between(0.36, 0.47)],
    },
    roadsides: [
      planRoadside(random, -1, random.between(4.8, 6), tramSide === -1),
      planRoadside(random, 1, random.between(2.2, 4.4), tramSide === 1),
    ],
    bend: random.between(-0.004, 0.004),
  };
}

function planRoadside(random: Random, sign: -1 | 1, kerb: number, tramway: boolean): Roadside {
  const grass = random.chance(0.5) ? random.between(1.5, 3.5) : 0;
  const pavement = kerb + (tramway ? 3.4 : grass);
  return { sign, kerb, pavement, tramway, premises: pavement + random.between(3, 4.5) };
}

/** Where something is on the ground that is `across` metres right of the camera's path. */
export function along({ bend }: Street, across: number, ahead: number): Point {
  return [across + bend * ahead * ahead, ahead];
}

/** A strip of the ground that follows the street. */
export function strip(
  street: Street,
  [left, right]: readonly [number, number],
  [from, to]: readonly [number, number],
): Polygon {
  const steps = 14;
  const distances = Array.from({ length: steps + 1 }, (_, k) => from * (to / from) ** (k / steps));
  return [
    ...distances.map((ahead) => along(street, left, ahead)),
    ...distances.reverse().map((ahead) => along(street, right, ahead)),
  ];
}
