import { GROUND } from "./camera.ts";
import { foliage, grey, hsv, masonry } from "./colors.ts";
import { noise } from "./noise.ts";
import { ellipse, rectangle } from "./shapes.ts";
import type { Stage } from "./stage.ts";
import { type Roadside, strip } from "./street.ts";

const FAR = 250; // metres

/** Uneven asphalt: fine grain on large patches. */
const asphalt = (u: number, v: number) =>
  0.75 + 0.2 * noise(u * 9, v * 4) + 0.3 * noise(u * 0.7, v * 0.3);

/** Tufts. */
const grass = (u: number, v: number) =>
  0.5 + 0.6 * noise(u * 7, v * 3) + 0.4 * noise(u * 1.1, v * 0.6);

/** Square slabs with dark joints. */
function slabs(size: number) {
  return (u: number, v: number) => {
    const joint = u / size - Math.floor(u / size) < 0.1 || v / size - Math.floor(v / size) < 0.1;
    return joint ? 0.62 : 0.85 + 0.25 * noise(Math.floor(u / size), Math.floor(v / size));
  };
}

/** Draws the road with its markings, and what lies beside it. */
export function drawGround(stage: Stage): void {
  const { canvas, random, street } = stage;
  const [left, right] = street.roadsides;
  canvas.fill(GROUND, rectangle([-200, 0.5], [200, FAR]), {
    label: "terrain",
    color: random.chance(0.7) ? hsv(random.between(0.16, 0.24), 0.55, 0.7) : foliage(random),
    tone: grass,
  });
  const road = grey(random, 0.3, 0.55);
  const area = strip(street, [-left.kerb, right.kerb], [0.5, FAR]);
  canvas.fill(GROUND, area, { label: "road", color: road, tone: asphalt });
  drawMarkings(stage);
  const [slab, color] = [
    random.between(0.6, 1.2),
    random.chance(0.6) ? hsv(0.06, random.between(0.2, 0.4), 0.8) : masonry(random),
  ];
  const stone = grey(random, 0.5, 0.9);
  for (const side of street.roadsides) {
    const across = (from: number, to: number, z: [number, number] = [0.5, FAR]) =>
      strip(street, [side.sign * from, side.sign * to], z);
    canvas.fill(GROUND, across(side.pavement, side.premises), {
      label: "sidewalk",
      color,
      tone: slabs(slab),
    });
    if (side.tramway) drawTramway(stage, side);
    canvas.fill(GROUND, across(side.kerb, side.kerb + 0.18), { label: "sidewalk", color: stone });
  }
}

function drawMarkings({ canvas, random, street }: Stage): void {
  const [left, right] = street.roadsides;
  const paint = {
    label: "road",
    color: random.chance(0.85) ? grey(random, 0.75, 1) : hsv(0.13, 0.6, 0.9),
    tone: (u: number, v: number) => 0.8 + 0.3 * noise(u * 5, v * 2),
  };
  const [start, dash] = [random.between(0, 6), random.between(2, 4)];
  for (const lane of [-1.9, -5.2].filter((lane) => lane > 0.8 - left.kerb)) {
    for (let z = 1 + start; z < 90; z += dash * 2.2) {
      canvas.fill(GROUND, strip(street, [lane - 0.09, lane + 0.09], [z, z + dash]), paint);
    }
  }
  if (random.chance(0.6)) {
    for (const edge of [0.4 - left.kerb, right.kerb - 0.4]) {
      canvas.fill(GROUND, strip(street, [edge - 0.08, edge + 0.08], [1, 120]), paint);
    }
  }
  if (random.chance(0.35)) {
    const z = random.between(7, 16);
    for (let x = 0.3 - left.kerb; x < right.kerb - 0.5; x += 1) {
      canvas.fill(GROUND, strip(street, [x, x + 0.5], [z, z + 3]), paint);
    }
  }
  for (let patches = random.integer(0, 4); patches > 0; patches--) {
    const center = [random.between(-left.kerb + 1, right.kerb - 1), random.between(5, 20)] as const;
    const darkness = random.between(0.75, 0.92);
    const size = random.between(0.5, 1.4);
    canvas.fill(GROUND, ellipse(center, size, size * 2), { tone: () => darkness });
  }
}

function drawTramway({ canvas, random, street }: Stage, { sign, kerb, pavement }: Roadside): void {
  const across = (from: number, to: number) =>
    strip(street, [sign * from, sign * to], [0.5, FAR] as const);
  canvas.fill(GROUND, across(kerb, pavement), {
    label: "rail track",
    color: grey(random, 0.3, 0.6),
    tone: (u, v) => (v % 0.8 < 0.3 ? 0.7 : 0.9) + 0.3 * noise(u * 9, v * 9),
  });
  for (const rail of [-0.72, 0.72].map((offset) => (kerb + pavement) / 2 + offset)) {
    const area = across(rail - 0.06, rail + 0.06);
    canvas.fill(GROUND, area, { label: "rail track", color: [190, 190, 195] });
  }
}
