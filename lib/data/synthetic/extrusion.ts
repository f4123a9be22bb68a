import { GROUND, type Plane, type Vector } from "./camera.ts";
import type { Paint } from "./canvas.ts";
import { ellipse, line, type Point, type Polygon, rectangle, ring } from "./shapes.ts";
import { lengthwise, type Spot, type Stage } from "./stage.ts";

/** A body with straight sides: the outline of its side, drawn out to a width. */
export interface Extrusion {
  readonly spot: Spot;
  /** In metres from the spot along the heading, and up; from the rear up and over to the front. */
  readonly outline: Polygon;
  readonly width: number;
}

/** The plane of a body's left (-1) or right (1) side, its axes along the heading and up. */
export function sidePlane({ spot, width }: Extrusion, side: number, gap = 0): Plane {
  return lengthwise(spot, side * (width / 2 + gap));
}

/** The plane between two points of the outline: its axes lead to the right and along the edge. */
export function edgePlane({ spot, width }: Extrusion, from: Point, to: Point): Plane {
  const [sin, cos] = [Math.sin(spot.heading), Math.cos(spot.heading)];
  const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
  const [along, up] = [(to[0] - from[0]) / length, (to[1] - from[1]) / length];
  const origin: Vector = [
    spot.x + sin * from[0] - cos * width / 2,
    from[1],
    spot.z + cos * from[0] + sin * width / 2,
  ];
  return { origin, u: [cos, 0, -sin], v: [sin * along, up, cos * along] };
}

/** Draws all faces of a body in one colour. */
export function extrude({ canvas }: Stage, body: Extrusion, paint: Paint): void {
  const { outline, width } = body;
  for (const side of [-1, 1]) canvas.fill(sidePlane(body, side), outline, paint);
  outline.forEach((to, index) => {
    const from = outline.at(index - 1)!;
    const length = Math.hypot(to[0] - from[0], to[1] - from[1]);
    canvas.fill(edgePlane(body, from, to), rectangle([0, 0], [width, length]), paint);
  });
}

/** Draws wheels on both sides of a body, at some distances along its heading. */
export function drawWheels(
  { canvas, random }: Stage,
  body: Extrusion,
  { label, radius, at }: { label: string; radius: number; at: readonly number[] },
): void {
  const hub = random.between(110, 220);
  const tyre = { label, color: [28, 28, 30] } as const;
  for (const u of at) {
    for (const side of [-1, 1]) {
      const plane = sidePlane(body, side, 0.03);
      canvas.fill(plane, ellipse([u, radius], radius * 2), tyre);
      const rim = ring([u, radius], radius * 1.2, radius * 0.5);
      canvas.fill(plane, rim, { label, color: [hub, hub, hub] });
    }
    // What is seen of them from the front or from behind.
    for (const end of [u - radius * 0.7, u + radius * 0.7]) {
      const plane = edgePlane(body, [end, 0], [end, 1]);
      for (const from of [0, body.width - 0.28]) {
        canvas.fill(plane, rectangle([from, 0], [from + 0.28, radius]), tyre);
      }
    }
  }
}

/** Darkens the ground below and beside a body that the sun or the sky shines on. */
export function drawShadow(
  { canvas, light }: Stage,
  { x, z, heading }: Spot,
  [width, length, height]: readonly [number, number, number],
): void {
  const [sin, cos] = [Math.sin(heading) * length / 2, Math.cos(heading) * length / 2];
  const below = line([x - sin, z - cos], [x + sin, z + cos], width + 0.2);
  canvas.fill(GROUND, below, { tone: () => 0.5 });
  if (light.ambient > 0.7) return;
  const [sunX, sunY, sunZ] = light.sun;
  const throwLength = height * 0.8 / sunY;
  const [dx, dz] = [-sunX * throwLength, -sunZ * throwLength];
  const shadow = line(
    [x - sin + dx / 2, z - cos + dz / 2],
    [x + sin + dx / 2, z + cos + dz / 2],
    width + Math.abs(dx),
  );
  canvas.fill(GROUND, shadow, { tone: () => light.ambient + 0.1 });
}
