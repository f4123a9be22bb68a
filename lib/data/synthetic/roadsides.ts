import { drawFence, drawWall } from "./boundaries.ts";
import { drawBuilding } from "./buildings.ts";
import { drawBush, drawHedge, drawTree } from "./nature.ts";
import type { Point } from "./shapes.ts";
import type { Stage } from "./stage.ts";
import { along, type Roadside } from "./street.ts";

/** Draws what stands along both sides of the street, and what closes it in the distance. */
export function drawRoadsides(stage: Stage): void {
  for (const side of stage.street.roadsides) {
    let z = stage.random.between(3, 7);
    while (z < 90) {
      const length = stage.random.between(9, 17);
      drawPremises(stage, side, [z, z + length]);
      z += length + (stage.random.chance(0.3) ? stage.random.between(1, 5) : 0);
    }
  }
  drawBackdrop(stage);
}

function drawPremises(
  stage: Stage,
  { sign, premises }: Roadside,
  [from, to]: readonly [number, number],
): void {
  const { random, street } = stage;
  const at = (setback: number, z: number) => along(street, sign * (premises + setback), z);
  const kind = random.pick([
    "houses",
    "houses",
    "garden",
    "garden",
    "wall",
    "wall",
    "park",
    "lot",
    "lot",
  ]);
  if (kind === "houses") return drawBuilding(stage, at(0, from), at(0, to), [sign, 0]);
  if (kind === "garden") drawBuilding(stage, at(5, from + 1), at(5, to - 1), [sign, 0]);
  const trees = random.integer(1, kind === "garden" ? 1 : 3);
  for (let tree = 0; tree < trees; tree++) {
    const setback = kind === "garden" ? random.between(2, 4) : random.between(2, 9);
    drawTree(stage, at(setback, random.between(from, to)), random.between(4, 9));
  }
  if (kind === "garden" || kind === "park") {
    for (let bush = random.integer(0, 3); bush > 0; bush--) {
      drawBush(stage, at(random.between(1, 4), random.between(from, to)));
    }
  }
  const ends: [Point, Point] = [at(0.3, from), at(0.3, to)];
  if (kind === "wall") return drawWall(stage, ...ends);
  if (kind === "lot") return drawFence(stage, ...ends);
  if (kind === "park" && random.chance(0.6)) return;
  random.pick([drawFence, drawFence, drawHedge, drawWall])(stage, ...ends);
}

function drawBackdrop(stage: Stage): void {
  const { random, street } = stage;
  const open = random.chance(0.4) ? 7 : 0; // the road goes on out of sight
  for (let x = -70; x < 70; x += 9) {
    if (Math.abs(x) < open) continue;
    const near = along(street, x, random.between(92, 100));
    if (random.chance(0.5)) drawBuilding(stage, near, [near[0] + 9, near[1]], [0, 1]);
    else drawTree(stage, near, random.between(8, 14));
  }
}
