import type { Plane } from "./camera.ts";
import { varnish } from "./colors.ts";
import type { Point } from "./shapes.ts";
import type { Stage } from "./stage.ts";

/** Draws the bonnet of the car that carries the camera, along the lower edge of the picture. */
export function drawEgoVehicle({ canvas, random }: Stage): void {
  const { focalLength, height, vanishingPoint: [centerX, centerY] } = canvas.camera;
  const top = random.between(0.9, 0.97);
  const distance = 0.5; // metres: nearer than all else
  const scale = distance / focalLength;
  const plane: Plane = {
    origin: [-centerX * scale, height + centerY * scale, distance],
    u: [1, 0, 0],
    v: [0, -1, 0],
  };
  const outline = Array.from({ length: 21 }, (_, index): Point => {
    const x = index / 10;
    return [x * scale, (top + 0.1 * (x - 1) ** 4) * scale];
  });
  canvas.fill(plane, [...outline, [2 * scale, scale], [0, scale]], {
    label: "ego vehicle",
    color: varnish(random),
    tone: (u, v) => 0.7 + 0.8 * (1 - v / scale) / (1 - top) * (0.6 + 0.4 * u / scale / 2),
  });
}
