import type { Rgb } from "../labels.ts";
import { facing, upright } from "./camera.ts";
import { foliage, hsv } from "./colors.ts";
import { noise } from "./noise.ts";
import { blob, line, type Point, rectangle } from "./shapes.ts";
import type { Stage } from "./stage.ts";

const LABEL = "vegetation";

/** Leaves: light and dark spots of two sizes, darker below the middle of the crown. */
function leaves(middle: number, seed: number) {
  return (u: number, v: number) => {
    const spots = noise(u * 5 + seed, v * 5) * 0.7 + noise(u * 1.6, v * 1.6 + seed) * 0.6;
    return 0.3 + spots + 0.08 * Math.max(-3, Math.min(2, v - middle));
  };
}

/** Draws a tree at a spot on the ground, its size in metres. */
export function drawTree({ canvas, random }: Stage, [x, z]: Point, size: number): void {
  const plane = facing(x, z);
  const color: Rgb = foliage(random);
  const middle = size * 0.65;
  const trunk = line([0, 0], [random.between(-0.2, 0.2), middle], size * 0.07, size * 0.04);
  const bark = hsv(0.08, random.between(0.1, 0.4), random.between(0.2, 0.45));
  canvas.fill(plane, trunk, {
    label: LABEL,
    color: bark,
    tone: (u, v) => 0.7 + 0.6 * noise(u * 12, v * 3),
  });
  for (let part = 0; part < 5; part++) {
    const center: Point = [
      random.between(-0.22, 0.22) * size,
      middle + random.between(-0.15, 0.2) * size,
    ];
    const paint = { label: LABEL, color, tone: leaves(middle, random.between(0, 99)) };
    canvas.fill(plane, blob(center, size * random.between(0.35, 0.5), random), paint);
  }
}

/** Draws a bush at a spot on the ground. */
export function drawBush({ canvas, random }: Stage, [x, z]: Point): void {
  const paint = { label: LABEL, color: foliage(random), tone: leaves(0.6, random.between(0, 99)) };
  for (let part = 0; part < 3; part++) {
    const center: Point = [random.between(-0.7, 0.7), random.between(0.2, 0.7)];
    canvas.fill(facing(x, z), blob(center, random.between(0.9, 1.5), random), paint);
  }
}

/** Draws a hedge between two spots on the ground. */
export function drawHedge({ canvas, random }: Stage, near: Point, far: Point): void {
  const length = Math.hypot(far[0] - near[0], far[1] - near[1]);
  const height = random.between(1, 2.2);
  const paint = { label: LABEL, color: foliage(random), tone: leaves(height / 2, near[1]) };
  canvas.fill(upright(near, far), rectangle([0, 0], [length, height]), paint);
  canvas.fill(upright(near, [near[0] * 2, near[1]]), rectangle([0, 0], [1, height]), paint);
}
