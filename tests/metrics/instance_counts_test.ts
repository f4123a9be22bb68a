import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { BenchmarkCounts, CITYSCAPES, instanceIous, officialResult } from "../../lib/mod.ts";

const ROAD = 7, PERSON = 24, RIDER = 25, CAR = 26, TRUCK = 27, CARAVAN = 29;
const bytes = (ids: number[]) => Uint8Array.from(ids);

Deno.test("iIoU weights a true instance by the mean size of its class, and false positives by 1", () => {
  const counts = new BenchmarkCounts(CITYSCAPES);
  // A car of 2 pixels, both right; one of 4 pixels, one right; two pixels of road taken for a car.
  const truth = [CAR, CAR, CAR, CAR, CAR, CAR, ROAD, ROAD];
  const instances = [26000, 26000, 26001, 26001, 26001, 26001, ROAD, ROAD];
  const predicted = [CAR, CAR, CAR, TRUCK, ROAD, CARAVAN, CAR, CAR];
  // 26000 itself is an instance, though it ends in 000.
  counts.add(bytes(truth), bytes(predicted), Uint16Array.from(instances));
  const mean = 12794.0202738185;
  const right = 2 * mean / 2 + 1 * mean / 4, missed = 3 * mean / 4;
  const { classes, categories } = instanceIous(counts)!;
  assertAlmostEquals(classes.car!, right / (right + missed + 2), 1e-12);
  // The truck and the caravan are vehicles as well; road taken for a car is the only false positive.
  const inCategory = 2 * mean / 2 + 3 * mean / 4;
  assertAlmostEquals(categories.vehicle!, inCategory / (inCategory + mean / 4 + 2), 1e-12);
  // Nothing truly is a truck, but a pixel of a car was taken for one.
  assertEquals(classes.truck, 0);
  assertEquals(classes.bus, null);
  assertEquals(categories.human, null);
});

Deno.test("instances that are not evaluated do not count: caravans, groups, license plates", () => {
  const counts = new BenchmarkCounts(CITYSCAPES);
  const truth = [CARAVAN, PERSON, 255, ROAD];
  const licensePlate = 65535; // -1 in 16 bits.
  const instances = Uint16Array.of(29000, PERSON, licensePlate, ROAD);
  counts.add(bytes(truth), bytes([CAR, RIDER, CAR, ROAD]), instances);
  const { classes, categories } = instanceIous(counts)!;
  assertEquals([classes.car, categories.vehicle], [null, null]);
  // A group of persons is no instance; what it was taken for is a false positive all the same.
  assertEquals([classes.person, classes.rider], [null, 0]);
  assertEquals(categories.human, null);
});

Deno.test("a license plate, 255 in a byte, is void in the truth and cannot be predicted", () => {
  const counts = new BenchmarkCounts(CITYSCAPES);
  counts.add(bytes([255, ROAD]), bytes([CAR, ROAD]));
  assertEquals(counts.scores().iou.car, null);
  assertEquals(counts.scores().pixelAccuracy, 1);
  // The benchmark has no row for it.
  assertEquals(officialResult(counts).priors.road, 1);
  const add = () => counts.add(bytes([ROAD]), bytes([255]));
  assertThrows(add, RangeError, "the prediction has the label id 255");
  assertEquals(counts.total(), 2);
});

Deno.test("without the instances of all frames there are no instance-weighted scores", () => {
  const counts = new BenchmarkCounts(CITYSCAPES);
  counts.add(bytes([CAR]), bytes([CAR]), Uint16Array.of(26000));
  assertEquals(counts.scores().instanceIou?.classes.car, 1);
  counts.add(bytes([CAR]), bytes([CAR]));
  assertEquals(counts.scores().instanceIou, undefined);
  assertEquals(officialResult(counts).averageScoreInstClasses, null);
});
