import { grey, varnish } from "./colors.ts";
import {
  drawShadow,
  drawWheels,
  edgePlane,
  extrude,
  type Extrusion,
  sidePlane,
} from "./extrusion.ts";
import { type Point, rectangle } from "./shapes.ts";
import type { Spot, Stage } from "./stage.ts";

const LABEL = "car";

/** How much room a car needs: width and length in metres. */
export const CAR_SIZE = [1.9, 4.6] as const;

/** Draws a saloon, an estate or a small car. */
export function drawCar(stage: Stage, spot: Spot): void {
  const { canvas, random } = stage;
  const paint = { label: LABEL, color: varnish(random) };
  const half = random.between(1.9, 2.25);
  const belt = random.between(0.88, 1.02);
  const roof = belt + random.between(0.5, 0.65);
  const boot = random.pick([0.15, 0.2, 0.9]); // an estate has none
  const body: Extrusion = {
    spot,
    width: 1.8,
    outline: [[-half, 0.28], [-half, belt], [half - 0.9, belt], [half, belt - 0.22], [half, 0.28]],
  };
  const cabin: Extrusion = {
    spot,
    width: 1.6,
    outline: [
      [-half + boot, belt],
      [-half + boot + 0.35, roof],
      [half - 1.9, roof],
      [half - 1.05, belt],
    ],
  };
  drawShadow(stage, spot, [1.8, half * 2, roof]);
  extrude(stage, body, paint);
  extrude(stage, cabin, paint);
  drawGlass(stage, cabin);
  drawWheels(stage, body, { label: LABEL, radius: 0.34, at: [-half + 0.8, half - 0.85] });
  drawEnds(stage, body, half);
  const sill = rectangle([-half, 0.28], [half, 0.4]);
  for (const side of [-1, 1]) {
    canvas.fill(sidePlane(body, side), sill, { label: LABEL, color: [45, 45, 48] });
  }
}

function drawGlass({ canvas, random }: Stage, cabin: Extrusion): void {
  const [rear, rearTop, frontTop, front] = cabin.outline as [Point, Point, Point, Point];
  const paint = { label: LABEL, color: grey(random, 0.12, 0.4) };
  for (const [low, high] of [[rear, rearTop], [front, frontTop]] as const) {
    const length = Math.hypot(high[0] - low[0], high[1] - low[1]);
    const pane = rectangle([0.12, 0.08], [cabin.width - 0.12, length - 0.08]);
    canvas.fill(edgePlane(cabin, low, high), pane, paint);
  }
  const middle = (rearTop[0] + frontTop[0]) / 2;
  const [low, high] = [rear[1] + 0.06, rearTop[1] - 0.07];
  const [behind, before] = [middle - 0.05, middle + 0.05];
  const panes: Point[][] = [
    [[rear[0] + 0.2, low], [rearTop[0] + 0.1, high], [behind, high], [behind, low]],
    [[before, low], [before, high], [frontTop[0] - 0.05, high], [front[0] - 0.18, low]],
  ];
  for (const side of [-1, 1]) {
    for (const pane of panes) canvas.fill(sidePlane(cabin, side), pane, paint);
  }
}

function drawEnds({ canvas, light }: Stage, body: Extrusion, half: number): void {
  const { width } = body;
  const shines = light.dusk;
  const ends = [
    { plane: edgePlane(body, [-half, 0], [-half, 1]), lamp: [190, 20, 20] as const },
    { plane: edgePlane(body, [half, 0], [half, 1]), lamp: [250, 245, 220] as const },
  ];
  for (const { plane, lamp } of ends) {
    canvas.fill(plane, rectangle([0, 0.28], [width, 0.48]), { label: LABEL, color: [50, 50, 52] });
    const plate = rectangle([width / 2 - 0.26, 0.45], [width / 2 + 0.26, 0.58]);
    canvas.fill(plane, plate, { label: LABEL, color: [230, 230, 220] });
    for (const u of [0.06, width - 0.42]) {
      const area = rectangle([u, 0.58], [u + 0.36, 0.78]);
      canvas.fill(plane, area, { label: LABEL, color: lamp, shines });
    }
  }
}
