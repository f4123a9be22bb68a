import type { Rgb } from "../labels.ts";
import { type Plane, upright } from "./camera.ts";
import { grey, hsv, masonry, varnish } from "./colors.ts";
import { noise } from "./noise.ts";
import { type Point, rectangle } from "./shapes.ts";
import type { Stage } from "./stage.ts";

const LABEL = "building";
const DEPTH = 12; // metres

interface Facade {
  readonly floors: number;
  readonly floorHeight: number;
  readonly color: Rgb;
  readonly frame: Rgb;
  /** A window and the space beside it, in metres. */
  readonly spacing: number;
  readonly windowWidth: number;
  readonly windowHeight: number;
  readonly shops: boolean;
}

function planFacade({ random }: Stage, floors: number): Facade {
  const spacing = random.between(1.8, 3.2);
  return {
    floors,
    floorHeight: random.between(2.8, 3.6),
    color: random.chance(0.75) ? masonry(random) : varnish(random),
    frame: random.chance(0.6) ? grey(random, 0.6, 1) : varnish(random),
    spacing,
    windowWidth: spacing * random.pick([0.4, 0.55, 0.9]),
    windowHeight: random.between(1.4, 2.2),
    shops: random.chance(0.4),
  };
}

/**
 * Draws a house.
 *
 * @param near Its corner on the street that is nearer to the camera, x and z in metres.
 * @param far The other one.
 * @param back The direction from the street to its back, x and z, of length 1.
 */
export function drawBuilding(stage: Stage, near: Point, far: Point, back: Point): void {
  const { random } = stage;
  const low = random.chance(0.35);
  const facade = planFacade(stage, low ? random.integer(1, 2) : random.integer(3, 6));
  const height = facade.floors * facade.floorHeight + 0.6;
  const street = upright(near, far);
  const length = Math.hypot(far[0] - near[0], far[1] - near[1]);
  drawFacade(stage, street, length, facade);
  const end = upright(near, [near[0] + back[0], near[1] + back[1]]);
  drawFacade(stage, end, DEPTH, facade);
  if (low || random.chance(0.3)) drawRoof(stage, { length, height, end, street });
}

interface Roof {
  length: number;
  height: number;
  street: Plane;
  end: Plane;
}

function drawRoof(stage: Stage, { length, height, end, street }: Roof): void {
  const { canvas, random } = stage;
  const rise = random.between(2, 4);
  const slant = Math.hypot(DEPTH / 2, rise);
  const color = random.chance(0.6) ? hsv(0.03, 0.55, random.between(0.35, 0.7)) : grey(random);
  const tiles = (u: number, v: number) =>
    (v % 0.6 < 0.15 ? 0.7 : 0.95) + 0.15 * noise(u * 4, Math.floor(v / 0.6));
  canvas.fill(
    {
      origin: [street.origin[0], height, street.origin[2]],
      u: street.u,
      v: [end.u[0] * DEPTH / 2 / slant, rise / slant, end.u[2] * DEPTH / 2 / slant],
    },
    rectangle([0, 0], [length, slant]),
    { label: LABEL, color, tone: tiles },
  );
  const gable: Point[] = [[0, height], [DEPTH, height], [DEPTH / 2, height + rise]];
  canvas.fill(end, gable, { label: LABEL, color: masonry(random) });
}

function drawFacade(stage: Stage, plane: Plane, length: number, facade: Facade): void {
  const { canvas, random, light } = stage;
  const { floors, floorHeight, color, frame, spacing, windowWidth, windowHeight, shops } = facade;
  const height = floors * floorHeight + 0.6;
  const plaster = (u: number, v: number) => 0.88 + 0.2 * noise(u * 0.9, v * 0.9);
  canvas.fill(plane, rectangle([0, 0], [length, height]), { label: LABEL, color, tone: plaster });
  canvas.fill(plane, rectangle([0, height - 0.5], [length, height]), {
    label: LABEL,
    color: frame,
  });
  const columns = Math.floor((length - 0.6) / spacing);
  const margin = (length - columns * spacing + spacing - windowWidth) / 2;
  const glass = grey(random, 0.15, 0.5);
  for (let floor = 0; floor < floors; floor++) {
    const shop = shops && floor === 0;
    const sill = floor * floorHeight + (shop ? 0.4 : 0.9);
    const top = shop ? floorHeight - 0.3 : sill + Math.min(windowHeight, floorHeight - 1.1);
    if (shop) {
      const sign = rectangle([0, top - 0.2], [length, top + 0.5]);
      canvas.fill(plane, sign, { label: LABEL, color: varnish(random) });
    }
    for (let column = 0; column < columns; column++) {
      const u = margin + column * spacing;
      const lit = light.dusk && random.chance(0.35);
      const pane = lit ? hsv(0.11, 0.5, 1) : glass;
      const tint = random.between(0.7, 1.4);
      const outer = rectangle([u - 0.12, sill - 0.15], [u + windowWidth + 0.12, top + 0.12]);
      canvas.fill(plane, outer, { label: LABEL, color: frame });
      canvas.fill(plane, rectangle([u, sill], [u + windowWidth, top]), {
        label: LABEL,
        color: pane,
        shines: lit,
        tone: (_, v) => tint * (1 + 0.3 * (v - sill) / (top - sill)),
      });
    }
  }
}
