import { facing, type Plane } from "./camera.ts";
import { customary, hsv, varnish } from "./colors.ts";
import { drawShadow } from "./extrusion.ts";
import { ellipse, line, type Point } from "./shapes.ts";
import type { Stage } from "./stage.ts";
import type { Random } from "./random.ts";

function skin(random: Random) {
  return hsv(random.between(0.04, 0.09), random.between(0.3, 0.6), random.between(0.3, 0.95));
}

/** Draws someone who stands or walks. */
export function drawPerson(stage: Stage, [x, z]: Point): void {
  const { canvas, random } = stage;
  const plane = facing(x, z);
  const label = "person";
  drawShadow(stage, { x, z, heading: 0 }, [0.5, 0.3, 1.7]);
  const size = random.between(1, 1.15);
  const trousers = customary(random, 0.62, 0.65, 0.5);
  const shirt = random.chance(0.5) ? customary(random, 0.93, 0.65, 0.8) : varnish(random);
  const face = skin(random);
  const stride = random.between(0.03, 0.25);
  const limb = (from: Point, to: Point, width: number, color: typeof shirt) => {
    const [start, end] = [from, to].map(([u, v]): Point => [u * size, v * size]) as [Point, Point];
    canvas.fill(plane, line(start, end, width * size, width * size * 0.8), { label, color });
  };
  for (const side of [-1, 1]) {
    limb([side * 0.09, 0.9], [side * (0.08 + stride), 0.05], 0.24, trousers);
    limb([side * (0.05 + stride), 0.05], [side * (0.07 + stride) + 0.1, 0.03], 0.1, [30, 28, 28]);
    limb([side * 0.22, 1.4], [side * (0.27 + stride / 2), 0.85], 0.14, shirt);
  }
  limb([0, 1.48], [0, 0.8], 0.52, shirt);
  if (random.chance(0.25)) limb([0, 0.95], [0, 0.4], 0.5, shirt); // a coat
  limb([0, 1.4], [0, 1.6], 0.12, face);
  const hair = varnish(random);
  canvas.fill(plane, ellipse([0, 1.66 * size], 0.26 * size, 0.32 * size), { label, color: hair });
  canvas.fill(plane, ellipse([0.03, 1.62 * size], 0.2 * size, 0.24 * size), { label, color: face });
  if (random.chance(0.3)) limb([0.42, 0.85], [0.42, 0.5], 0.3, varnish(random)); // a bag
}

/** Where a rider touches the two-wheeler, on its plane. */
export interface Posture {
  readonly seat: Point;
  readonly grip: Point;
  readonly foot: Point;
}

/** Draws someone who sits on a two-wheeler, leaning forward. */
export function drawRider({ canvas, random }: Stage, plane: Plane, posture: Posture): void {
  const label = "rider";
  const { seat, grip, foot } = posture;
  const [trousers, jacket] = [varnish(random), customary(random, 0.2, 0.85, 0.95)];
  const shoulder: Point = [seat[0] + random.between(0.2, 0.35), seat[1] + 0.6];
  const knee: Point = [(seat[0] + foot[0]) / 2 + 0.3, (seat[1] + foot[1]) / 2 + 0.1];
  const head: Point = [shoulder[0] + 0.08, shoulder[1] + 0.22];
  canvas.fill(plane, line(seat, knee, 0.3, 0.24), { label, color: trousers });
  canvas.fill(plane, line(knee, foot, 0.2, 0.16), { label, color: trousers });
  canvas.fill(plane, line([seat[0], seat[1] - 0.08], shoulder, 0.5, 0.46), {
    label,
    color: jacket,
  });
  canvas.fill(plane, line(shoulder, grip, 0.18, 0.14), { label, color: jacket });
  canvas.fill(plane, ellipse(head, 0.34, 0.38), { label, color: skin(random) });
  const helmet: Point[] = ellipse([head[0], head[1] + 0.06], 0.4, 0.36)
    .map(([u, v]) => [u, Math.max(v, head[1])]);
  canvas.fill(plane, helmet, { label, color: varnish(random) });
}
