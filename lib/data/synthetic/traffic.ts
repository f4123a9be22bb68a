import { BUS_SIZE, drawBus, drawTruck, TRUCK_SIZE } from "./buses_and_trucks.ts";
import { CAR_SIZE, drawCar } from "./cars.ts";
import { drawPerson } from "./people.ts";
import type { Spot, Stage } from "./stage.ts";
import { drawTrain, TRAIN_SIZE } from "./trains.ts";
import { drawBicycle, drawMotorcycle } from "./two_wheelers.ts";

type Range = readonly [number, number];

/** Draws vehicles and people, the long ones first, since they need most room. */
export function drawTraffic(stage: Stage): void {
  const { random } = stage;
  drawTram(stage);
  if (random.chance(0.65)) drive(stage, [8, 18], BUS_SIZE, drawBus);
  if (random.chance(0.75)) drive(stage, [8, 18], TRUCK_SIZE, drawTruck);
  for (const draw of [drawBicycle, drawMotorcycle]) {
    if (random.chance(0.85)) putCrosswise(stage, [6, 10], (spot) => draw(stage, spot, true));
    if (random.chance(0.75)) {
      putCrosswise(stage, [6, 12], (spot) => draw(stage, spot, random.chance(0.5)));
    }
  }
  for (let cars = random.integer(3, 6); cars > 0; cars--) drive(stage, [6, 26], CAR_SIZE, drawCar);
  drawPedestrians(stage);
}

function drawTram(stage: Stage): void {
  const { random, street } = stage;
  const side = street.roadsides.find(({ tramway }) => tramway);
  if (!side || random.chance(0.1)) return;
  const track = side.sign * (side.kerb + side.pavement) / 2;
  const near = random.between(7, 20) + TRAIN_SIZE[1] / 2;
  const place = stage.place([track, track], [near, near], TRAIN_SIZE);
  if (place) drawTrain(stage, { ...place, heading: headingAt(stage, place.z, track < 0) });
}

/** The street's direction at a distance, or the opposite one. */
function headingAt({ street }: Stage, z: number, oncoming: boolean): number {
  return Math.atan(2 * street.bend * z) + (oncoming ? Math.PI : 0);
}

/** Puts a vehicle into one of the lanes. */
function drive(
  stage: Stage,
  ahead: Range,
  size: Range,
  draw: (stage: Stage, spot: Spot) => void,
): void {
  const { random, street } = stage;
  const [left, right] = street.roadsides;
  const [width, length] = size;
  const margin = width / 2 + 0.2;
  const outer = margin - left.kerb;
  const lanes: Range[] = [[-3.8, -3.4], [-3.8, -3.4], [outer, outer + 0.3]];
  if (right.kerb > 3.8) lanes.push([right.kerb - margin - 0.3, right.kerb - margin]);
  const own = random.chance(0.3);
  const across: Range = own ? [-0.3, 0.3] : lanes[random.integer(0, lanes.length - 1)]!;
  // One's own lane is kept clear for a while, or little else is seen.
  const range: Range = own ? [Math.max(ahead[0], 11), Math.max(ahead[1], 22)] : ahead;
  const half = length / 2;
  const place = stage.place(across, [range[0] + half, range[1] + half], size);
  if (!place) return;
  const oncoming = across[0] < -1.5;
  const heading = headingAt(stage, place.z, oncoming) + random.between(-0.06, 0.06);
  draw(stage, { ...place, heading });
}

/** Puts something on the road or the pavement, where it is seen from its side. */
function putCrosswise(stage: Stage, ahead: Range, draw: (spot: Spot) => void): void {
  const { random, street } = stage;
  const [left, right] = street.roadsides;
  const place = stage.place([-left.premises + 1, right.premises - 0.5], ahead, [2, 1]);
  if (!place) return;
  const heading = random.pick([-1, 1]) * (Math.PI / 2 + random.between(-0.7, 0.7));
  draw({ ...place, heading });
}

function drawPedestrians(stage: Stage): void {
  const { random, street } = stage;
  for (let people = random.integer(5, 9); people > 0; people--) {
    const { sign, pavement, premises } = random.pick(street.roadsides);
    const [near, far] = [sign * (pavement + 0.3), sign * (premises - 0.3)];
    const across: Range = random.chance(0.3) ? [-4, 2] : [near, far];
    const place = stage.place(across, [6, 15], [0.6, 0.6]);
    if (place) drawPerson(stage, [place.x, place.z]);
  }
}
