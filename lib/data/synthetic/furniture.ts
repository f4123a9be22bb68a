import type { Rgb } from "../labels.ts";
import { facing, type Plane } from "./camera.ts";
import { customary, grey, hsv, varnish } from "./colors.ts";
import { noise } from "./noise.ts";
import { ellipse, line, type Point, type Polygon, rectangle } from "./shapes.ts";
import type { Stage } from "./stage.ts";
import { along } from "./street.ts";

/** Draws lamps, traffic lights, signs and bins along the kerbs. */
export function drawFurniture(stage: Stage): void {
  const { random, street } = stage;
  for (const { sign, pavement } of street.roadsides) {
    for (let z = random.between(7, 11); z < 36; z += random.between(4.5, 9)) {
      const plane = facing(...along(street, sign * (pavement + 0.5), z));
      random.pick([drawLamp, drawTrafficLight, drawTrafficLight, drawSign, drawSign])(
        stage,
        plane,
        sign,
      );
    }
  }
  for (let bins = random.integer(0, 2); bins > 0; bins--) drawBin(stage);
}

function drawPole(stage: Stage, plane: Plane, height: number): Rgb {
  const { canvas, random } = stage;
  const color = random.chance(0.7) ? grey(random, 0.8, 1) : varnish(random);
  const width = random.between(0.34, 0.5);
  const paint = { label: "pole", color, tone: (u: number) => 1 - 1.6 * u / width * (u / width) };
  canvas.fill(plane, line([0, 0], [0, height], width, width * 0.8), paint);
  return color;
}

function drawLamp(stage: Stage, plane: Plane, sign: number): void {
  const { canvas, light } = stage;
  const height = stage.random.between(5.5, 8);
  const color = drawPole(stage, plane, height);
  const reach = -sign * 1.8;
  canvas.fill(plane, line([0, height], [reach, height + 0.3], 0.18), { label: "pole", color });
  const bulb = light.dusk ? { color: [255, 240, 190] as const, shines: true } : { color };
  const head = ellipse([reach, height + 0.2], 1, 0.3);
  canvas.fill(plane, head, { label: "pole", ...bulb });
}

/** Draws a light at a height, in metres; its case has three lamps, one of which is lit. */
function drawLight({ canvas, random }: Stage, plane: Plane, [u, v]: Point): void {
  const label = "traffic light";
  const color = random.chance(0.7) ? grey(random, 0.08, 0.25) : varnish(random);
  const board = rectangle([u - 0.55, v - 0.2], [u + 0.55, v + 1.8]);
  canvas.fill(plane, board, { label, color: customary(random, 0.12, 0.85, 0.95) });
  const box = rectangle([u - 0.36, v], [u + 0.36, v + 1.6]);
  canvas.fill(plane, box, { label, color });
  const hues = [0.4, 0.13, 0];
  const lit = random.integer(0, 2);
  hues.forEach((hue, index) => {
    const lamp = ellipse([u, v + 0.3 + index * 0.5], 0.44);
    canvas.fill(plane, lamp, {
      label,
      color: hsv(hue, 0.85, index === lit ? 1 : 0.22),
      shines: index === lit,
    });
  });
}

function drawTrafficLight(stage: Stage, plane: Plane, sign: number): void {
  const { canvas, random } = stage;
  const mast = random.chance(0.35);
  const height = mast ? 5.2 : random.between(3.4, 4);
  const color = drawPole(stage, plane, height);
  drawLight(stage, plane, [0, mast ? 2.2 : height - 1.5]);
  if (!mast) return;
  const reach = -sign * random.between(2.5, 4);
  canvas.fill(plane, line([0, height], [reach, height], 0.16), { label: "pole", color });
  drawLight(stage, plane, [reach, height - 1.4]);
}

/** The outlines of signs, 1.4 to 3 m wide times a scale. Discs are the most frequent. */
const OUTLINES: [SignOutline, ...SignOutline[]] = [
  (center, scale) => ellipse(center, 1.7 * scale),
  (center, scale) => ellipse(center, 1.7 * scale),
  (center, scale) => ellipse(center, 2 * scale, 2 * scale, 4),
  (center, scale) => ellipse(center, -2.1 * scale, -2.1 * scale, 3),
  (center, scale) => plate(center, [1.4 * scale, 1.8 * scale]),
  (center, scale) => plate(center, [3 * scale, 1.6 * scale]),
];

type SignOutline = (center: Point, scale: number) => Polygon;

function plate([u, v]: Point, [width, height]: Point): Polygon {
  return rectangle([u - width / 2, v - height / 2], [u + width / 2, v + height / 2]);
}

function drawSign(stage: Stage, plane: Plane): void {
  const { canvas, random } = stage;
  const height = random.between(2.4, 3.4);
  drawPole(stage, plane, height + 0.3);
  const label = "traffic sign";
  const outline = random.pick(OUTLINES);
  const color = random.pick<Rgb>([
    hsv(0, 0.85, random.between(0.6, 0.85)),
    hsv(0.6, 0.85, random.between(0.6, 0.9)),
    hsv(0.6, 0.85, random.between(0.6, 0.9)),
    hsv(0.6, 0.85, random.between(0.6, 0.9)),
    hsv(0.13, 0.85, 0.95),
    [235, 235, 235],
  ]);
  const pale = color[1] > 180;
  const field: Rgb = random.chance(0.5) ? (pale ? [40, 40, 40] : [240, 240, 240]) : color;
  const symbol: Rgb = field === color ? (pale ? [30, 30, 30] : [240, 240, 240]) : color;
  canvas.fill(plane, outline([0, height], 1), { label, color });
  canvas.fill(plane, outline([0, height], 0.78), { label, color: field });
  const stroke = line([-0.25, height - 0.25], [0.25, height + 0.22], 0.18);
  canvas.fill(plane, stroke, { label, color: symbol });
}

/** Draws a bin or a box on the pavement, which is no evaluated class. */
function drawBin(stage: Stage): void {
  const { canvas, random, street } = stage;
  const { sign, pavement, premises } = random.pick(street.roadsides);
  const across = [sign * (pavement + 1), sign * (premises - 0.4)] as const;
  const place = stage.place(across, [7, 25], [0.8, 0.8]);
  if (!place) return;
  const label = random.pick(["static", "static", "dynamic"]);
  canvas.fill(facing(place.x, place.z), rectangle([-0.4, 0], [0.4, random.between(0.6, 1.2)]), {
    label,
    color: varnish(random),
    tone: (u, v) => 0.8 + 0.3 * noise(u * 3, v * 8),
  });
}
