import type { Rgb } from "../labels.ts";
import { customary, grey, hsv, varnish } from "./colors.ts";
import {
  drawShadow,
  drawWheels,
  edgePlane,
  extrude,
  type Extrusion,
  sidePlane,
} from "./extrusion.ts";
import { noise } from "./noise.ts";
import { type Polygon, rectangle } from "./shapes.ts";
import type { Spot, Stage } from "./stage.ts";

/** How much room a bus or a truck needs: width and length in metres. */
export const BUS_SIZE = [2.7, 11] as const;
export const TRUCK_SIZE = [2.7, 9.4] as const;

/** A closed box from one place along the heading to another, and from one height to another. */
function box(
  spot: Spot,
  width: number,
  low: readonly [number, number],
  high: readonly [number, number],
): Extrusion {
  const [[from, bottom], [to, top]] = [low, high];
  return { spot, width, outline: [[from, bottom], [from, top], [to, top], [to, bottom]] };
}

/** Draws a bus: a row of large windows with doors between, and panes at both ends. */
export function drawBus(stage: Stage, spot: Spot): void {
  const { canvas, random } = stage;
  const label = "bus";
  const color = customary(random, 0.13, 0.85, 0.9);
  const second = varnish(random);
  const half = BUS_SIZE[1] / 2;
  const body = box(spot, 2.55, [-half, 0.35], [half, 3.2]);
  drawShadow(stage, spot, [2.55, half * 2, 3.2]);
  extrude(stage, body, { label, color });
  const glass = { label, color: grey(random, 0.12, 0.4) };
  for (const side of [-1, 1]) {
    const plane = sidePlane(body, side);
    canvas.fill(plane, rectangle([-half, 0.35], [half, 0.9]), { label, color: second });
    for (let u = -half + 0.25; u < half - 1; u += 1.5) {
      canvas.fill(plane, rectangle([u, 1.35], [u + 1.32, 2.6]), glass);
    }
    for (const u of [-1.4, half - 1.5]) {
      canvas.fill(plane, rectangle([u, 0.45], [u + 1.2, 2.6]), glass);
      canvas.fill(plane, rectangle([u + 0.56, 0.45], [u + 0.64, 2.6]), { label, color });
    }
  }
  drawWheels(stage, body, { label, radius: 0.5, at: [-half + 2.6, half - 2.4] });
  for (const [end, lamp] of [[-half, [190, 20, 20]], [half, [250, 245, 220]]] as [number, Rgb][]) {
    const plane = edgePlane(body, [end, 0], [end, 1]);
    canvas.fill(plane, rectangle([0.15, 1.2], [2.4, 2.55]), glass);
    canvas.fill(plane, rectangle([0.4, 2.7], [2.15, 3.05]), { label, color: [25, 25, 25] });
    const digits = rectangle([0.7, 2.78], [1.7, 2.97]);
    canvas.fill(plane, digits, { label, color: [255, 170, 40], shines: true });
    for (const u of [0.15, 1.95]) {
      canvas.fill(plane, rectangle([u, 0.6], [u + 0.45, 0.85]), { label, color: lamp });
    }
  }
}

/** Draws a truck: a cab, and behind it a load without windows. */
export function drawTruck(stage: Stage, spot: Spot): void {
  const { canvas, random } = stage;
  const label = "truck";
  const half = TRUCK_SIZE[1] / 2;
  const chassis = box(spot, 2.2, [-half, 0.5], [half, 1]);
  const cab: Extrusion = {
    spot,
    width: 2.4,
    outline: [[half - 2.1, 0.6], [half - 2.1, 2.9], [half - 0.3, 2.9], [half, 1.6], [half, 0.5]],
  };
  const load = box(spot, 2.55, [-half, 1.05], [half - 2.5, random.between(3.2, 3.9)]);
  drawShadow(stage, spot, [2.5, half * 2, 3.4]);
  extrude(stage, chassis, { label, color: [48, 48, 50] });
  extrude(stage, cab, { label, color: customary(random, 0.36, 0.6, 0.5) });
  extrude(stage, load, {
    label,
    color: customary(random, 0.07, 0.85, 0.9),
    tone: loadTone(random.chance(0.75)),
  });
  const glass = { label, color: grey(random, 0.12, 0.35) };
  const windscreen = edgePlane(cab, [half, 1.6], [half - 0.3, 2.9]);
  canvas.fill(windscreen, rectangle([0.15, 0.1], [2.25, 1.1]), glass);
  const door: Polygon = [[half - 1.5, 1.7], [half - 1.5, 2.6], [half - 0.4, 2.6], [
    half - 0.2,
    1.7,
  ]];
  for (const side of [-1, 1]) canvas.fill(sidePlane(cab, side), door, glass);
  const grille = edgePlane(cab, [half, 0.5], [half, 1.6]);
  canvas.fill(grille, rectangle([0.5, 0.3], [1.9, 0.9]), { label, color: [40, 40, 42] });
  for (const u of [0.1, 1.95]) {
    canvas.fill(grille, rectangle([u, 0.15], [u + 0.35, 0.4]), { label, color: [250, 245, 220] });
  }
  const at = [-half + 1, -half + 2.2, half - 1.2];
  drawWheels(stage, chassis, { label, radius: 0.52, at });
  drawTail(stage, load);
}

/** The ribs of a container, or the folds of a tarpaulin. */
function loadTone(ribs: boolean) {
  if (ribs) return (u: number) => Math.abs(u * 2.2) % 1 < 0.4 ? 0.6 : 1;
  return (u: number, v: number) => 0.8 + 0.35 * noise(u * 1.2 + 40, v * 0.4);
}

function drawTail({ canvas }: Stage, load: Extrusion): void {
  const [[rear], [, top]] = load.outline as [readonly [number, number], readonly [number, number]];
  const label = "truck";
  const plane = edgePlane(load, [rear, 0], [rear, 1]);
  for (const u of [0, 1.24, 2.47]) {
    canvas.fill(plane, rectangle([u, 1.05], [u + 0.08, top]), { label, color: [60, 60, 62] });
  }
  for (let u = 0; u < 2.5; u += 0.5) {
    const color = u % 1 === 0 ? hsv(0, 0.8, 0.8) : [235, 235, 235] as const;
    canvas.fill(plane, rectangle([u, 0.95], [u + 0.5, 1.15]), { label, color });
  }
  for (const u of [0.15, 2]) {
    canvas.fill(plane, rectangle([u, 0.65], [u + 0.4, 0.85]), { label, color: [180, 20, 20] });
  }
}
