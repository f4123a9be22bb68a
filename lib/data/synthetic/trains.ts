import { customary, grey, varnish } from "./colors.ts";
import { drawShadow, edgePlane, extrude, type Extrusion, sidePlane } from "./extrusion.ts";
import { line, type Point, rectangle } from "./shapes.ts";
import { lengthwise, type Spot, type Stage } from "./stage.ts";

const LABEL = "train";

/** How much room a tram needs: width and length in metres. */
export const TRAIN_SIZE = [2.7, 25] as const;

/** Draws a tram of two cars: skirts down to the rails, a band of windows, slanted noses. */
export function drawTrain(stage: Stage, spot: Spot): void {
  const { canvas, random } = stage;
  const half = TRAIN_SIZE[1] / 2;
  const color = customary(random, 0.98, 0.8, 0.75);
  const band = varnish(random);
  const rear: Point[] = [[-half, 0.2], [-half, 1.5], [-half + 1.3, 3.7]];
  const front: Point[] = [[half - 1.3, 3.7], [half, 1.5], [half, 0.2]];
  const body: Extrusion = { spot, width: 2.6, outline: [...rear, ...front] };
  drawShadow(stage, spot, [2.6, half * 2, 3.7]);
  extrude(stage, body, { label: LABEL, color });
  const glass = { label: LABEL, color: grey(random, 0.08, 0.28) };
  const dark = { label: LABEL, color: [42, 42, 45] } as const;
  for (const side of [-1, 1]) {
    const plane = sidePlane(body, side);
    canvas.fill(plane, rectangle([-half, 0.2], [half, 0.55]), dark);
    canvas.fill(plane, rectangle([-half, 0.9], [half, 1.35]), { label: LABEL, color: band });
    canvas.fill(plane, rectangle([2 - half, 1.6], [half - 2, 2.9]), glass);
    for (const u of [-8, -3, 2, 7]) drawDoor(stage, body, side, u);
    canvas.fill(plane, rectangle([-0.5, 0.2], [0.5, 3.7]), {
      ...dark,
      tone: (u) => Math.abs(u * 5) % 1 < 0.5 ? 0.8 : 1.5, // the bellows between the cars
    });
  }
  drawNoses(stage, body, half);
  const [foot, knee, top]: [Point, Point, Point] = [[-4, 3.7], [-3.2, 4.4], [-4, 5]];
  for (const [from, to] of [[foot, knee], [knee, top]] as const) { // its pantograph
    canvas.fill(lengthwise(spot), line(from, to, 0.14), dark);
  }
}

function drawDoor({ canvas, random }: Stage, body: Extrusion, side: number, u: number): void {
  const plane = sidePlane(body, side);
  canvas.fill(plane, rectangle([u - 0.1, 0.5], [u + 1.5, 3.1]), {
    label: LABEL,
    color: random.chance(0.5) ? [225, 225, 225] : [90, 90, 95],
  });
  for (const pane of [u + 0.05, u + 0.75]) {
    const area = rectangle([pane, 1], [pane + 0.6, 2.9]);
    canvas.fill(plane, area, { label: LABEL, color: [60, 65, 72] });
  }
}

function drawNoses({ canvas }: Stage, body: Extrusion, half: number): void {
  for (const sign of [-1, 1]) {
    const slant = edgePlane(body, [sign * half, 1.5], [sign * (half - 1.3), 3.7]);
    canvas.fill(slant, rectangle([0.15, 0.1], [2.45, 1.8]), { label: LABEL, color: [35, 38, 44] });
    const display = rectangle([0.8, 2], [1.8, 2.35]);
    canvas.fill(slant, display, { label: LABEL, color: [255, 190, 60], shines: true });
    const front = edgePlane(body, [sign * half, 0.2], [sign * half, 1.5]);
    for (const u of [0.2, 1.9]) {
      const lamp = sign < 0 ? [200, 30, 30] as const : [255, 250, 230] as const;
      canvas.fill(front, rectangle([u, 0.7], [u + 0.5, 0.95]), { label: LABEL, color: lamp });
    }
    canvas.fill(front, rectangle([0.9, 0.1], [1.7, 0.5]), { label: LABEL, color: [40, 40, 42] });
  }
}
