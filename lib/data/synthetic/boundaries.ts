import { upright } from "./camera.ts";
import { customary, grey } from "./colors.ts";
import { noise } from "./noise.ts";
import { line, type Point, rectangle } from "./shapes.ts";
import type { Stage } from "./stage.ts";

/** Rows of stones, every other one shifted by half a stone. */
function bricks(length: number, height: number) {
  return (u: number, v: number) => {
    const row = Math.floor(v / height);
    const place = u / length + (row % 2) / 2;
    const joint = v / height - row < 0.18 || place - Math.floor(place) < 0.09;
    return joint ? 0.6 : 0.75 + 0.4 * noise(Math.floor(place) * 7, row * 3);
  };
}

/** Draws a wall of stones between two spots on the ground, given as x and z in metres. */
export function drawWall({ canvas, random }: Stage, near: Point, far: Point): void {
  const plane = upright(near, far);
  const length = Math.hypot(far[0] - near[0], far[1] - near[1]);
  const height = random.between(2.4, 3.4);
  const color = customary(random, 0.02, 0.5, 0.55);
  canvas.fill(plane, rectangle([0, 0], [length, height]), {
    label: "wall",
    color,
    tone: random.chance(0.7) ? bricks(0.9, 0.4) : bricks(1.6, 0.7),
  });
  const coping = rectangle([-0.1, height - 0.05], [length + 0.1, height + 0.15]);
  canvas.fill(plane, coping, { label: "wall", color: grey(random, 0.4, 0.9) });
}

/** Draws a fence that can be looked through, between two spots on the ground. */
export function drawFence({ canvas, random }: Stage, near: Point, far: Point): void {
  const plane = upright(near, far);
  const length = Math.hypot(far[0] - near[0], far[1] - near[1]);
  const height = random.between(1.8, 2.6);
  const color = customary(random, 0.09, 0.5, 0.75); // wood
  const paint = { label: "fence", color };
  // As in Cityscapes, what is seen through a fence belongs to it.
  canvas.fill(plane, rectangle([0, 0], [length, height]), { label: "fence", tone: () => 0.8 });
  const bar = (from: Point, to: Point, width: number) =>
    canvas.fill(plane, line(from, to, width), paint);
  if (random.chance(0.7)) {
    const gap = random.between(0.3, 0.45);
    for (let u = gap / 2; u < length; u += gap) bar([u, 0], [u, height], gap * 0.5);
  } else {
    for (let u = -height; u < length; u += 0.45) {
      const [start, end] = [Math.max(0, u), Math.min(length, u + height)];
      bar([start, start - u], [end, end - u], 0.1);
      bar([start, height - start + u], [end, height - end + u], 0.1);
    }
  }
  for (const v of [height * 0.15, height * 0.85]) bar([0, v], [length, v], 0.14);
  for (let u = 0; u < length; u += 2.5) bar([u, 0], [u, height + 0.15], 0.2);
}
