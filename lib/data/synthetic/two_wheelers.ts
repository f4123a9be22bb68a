import type { Plane } from "./camera.ts";
import { customary, grey } from "./colors.ts";
import { drawShadow } from "./extrusion.ts";
import { drawRider } from "./people.ts";
import { ellipse, line, type Point, ring } from "./shapes.ts";
import { lengthwise, type Spot, type Stage } from "./stage.ts";

/** Draws a bicycle, seen from its side, with a rider or without. */
export function drawBicycle(stage: Stage, spot: Spot, ridden: boolean): void {
  const { canvas, random } = stage;
  const plane = lengthwise(spot);
  const label = "bicycle";
  drawShadow(stage, spot, [0.4, 1.7, 1]);
  const color = customary(random, 0.48, 0.8, 0.85);
  const tyre = grey(random, 0.6, 0.95);
  for (const u of [-0.58, 0.58]) {
    // As in Cityscapes, what is seen between the spokes belongs to the wheel.
    canvas.fill(plane, ellipse([u, 0.38], 0.76), { label, tone: () => 0.75 });
    canvas.fill(plane, ring([u, 0.38], 0.76, 0.48), { label, color: tyre });
  }
  const bars: [Point, Point][] = [
    [[-0.58, 0.38], [-0.2, 0.85]],
    [[-0.58, 0.38], [-0.05, 0.35]],
    [[-0.05, 0.35], [-0.22, 0.98]],
    [[-0.05, 0.35], [0.42, 0.85]],
    [[-0.2, 0.85], [0.42, 0.85]],
    [[0.58, 0.38], [0.4, 1.1]],
  ];
  for (const [from, to] of bars) canvas.fill(plane, line(from, to, 0.17), { label, color });
  for (const [from, to] of [[[-0.36, 1], [-0.08, 1]], [[0.3, 1.1], [0.52, 1.08]]] as const) {
    canvas.fill(plane, line(from, to, 0.12), { label, color: tyre });
  }
  if (ridden) drawRider(stage, plane, { seat: [-0.2, 1], grip: [0.38, 1.1], foot: [0.02, 0.3] });
}

/** Draws a motorcycle, seen from its side, with a rider or without. */
export function drawMotorcycle(stage: Stage, spot: Spot, ridden: boolean): void {
  const { canvas, random } = stage;
  const plane = lengthwise(spot);
  const label = "motorcycle";
  drawShadow(stage, spot, [0.6, 2.2, 1]);
  const paint = { label, color: customary(random, 0.84, 0.7, 0.7) };
  drawMotor(stage, plane);
  const tank: Point[] = [
    [-0.95, 0.85],
    [-1, 1],
    [-0.2, 0.88],
    [0.1, 1.08],
    [0.5, 1.02],
    [0.6, 0.6],
    [
      -0.3,
      0.5,
    ],
  ];
  canvas.fill(plane, tank, paint);
  canvas.fill(plane, [[0.5, 0.75], [0.45, 1.3], [0.62, 1.35], [0.82, 0.95], [0.75, 0.7]], paint);
  const seat: Point[] = [[-0.85, 0.98], [-0.2, 0.9], [-0.2, 0.8], [-0.85, 0.86]];
  canvas.fill(plane, seat, { label, color: [30, 30, 32] });
  canvas.fill(plane, ellipse([0.76, 0.98], 0.2), { label, color: [250, 245, 215] });
  if (ridden) drawRider(stage, plane, { seat: [-0.35, 0.95], grip: [0.45, 1.15], foot: [0, 0.4] });
}

/** Thick wheels, an engine, an exhaust and a fork. */
function drawMotor({ canvas, random }: Stage, plane: Plane): void {
  const label = "motorcycle";
  const hub = grey(random, 0.4, 0.8);
  for (const u of [-0.78, 0.8]) {
    canvas.fill(plane, ellipse([u, 0.36], 0.74), { label, color: [26, 26, 28] });
    canvas.fill(plane, ellipse([u, 0.36], 0.34), { label, color: hub });
  }
  const engine: Point[] = [[-0.4, 0.25], [-0.45, 0.7], [0.4, 0.75], [0.35, 0.22]];
  canvas.fill(plane, engine, { label, color: grey(random, 0.15, 0.5) });
  canvas.fill(plane, line([-0.95, 0.42], [0, 0.26], 0.14), { label, color: [165, 165, 168] });
  canvas.fill(plane, line([0.8, 0.36], [0.45, 1.2], 0.12), { label, color: hub });
}
