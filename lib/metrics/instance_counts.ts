import type { Label } from "../data/mod.ts";

/** Pixels of true instances, each weighted by how much smaller than the average of its class it is. */
export interface WeightedPixels {
  /** Predicted right. */
  right: number;
  /** Predicted as something else. */
  missed: number;
}

/** The pixels of one instance in a frame. */
interface Instance {
  pixels: number;
  /** Those predicted as its class. */
  ofClass: number;
  /** Those predicted as any label of its category. */
  ofCategory: number;
}

/** An instance id is 1000 times the label id, and more; smaller ones are label ids of what has none. */
const INSTANCES_PER_LABEL = 1000;

/**
 * The mean number of pixels of an instance, over Cityscapes' fine annotations.
 *
 * Source: `avgClassSize` in cityscapesScripts' `evalPixelLevelSemanticLabeling.py`.
 */
const MEAN_PIXELS: Readonly<Record<string, number>> = {
  bicycle: 4672.3249222261,
  caravan: 36771.8241758242,
  motorcycle: 6298.7200839748,
  rider: 3930.4788056518,
  bus: 35732.1511111111,
  train: 67583.7075812274,
  car: 12794.0202738185,
  person: 3462.4756337644,
  truck: 27855.1264367816,
  trailer: 16926.9763313609,
};

/**
 * What the instance-weighted IoU of the Cityscapes benchmark is made of (`evaluatePair` and
 * `getInstanceIouScoreForLabel` in cityscapesScripts' `evalPixelLevelSemanticLabeling.py`): small
 * objects count as much as large ones.
 */
export class InstanceCounts {
  /** By the names of the evaluated classes that have instances. */
  readonly classes: ReadonlyMap<string, WeightedPixels>;
  /** By the names of the categories all of whose labels have instances. */
  readonly categories: ReadonlyMap<string, WeightedPixels>;
  readonly #labels: ReadonlyMap<number, Label>;
  /** By label id, the number of its category. */
  readonly #categoryOf = new Uint8Array(256);

  /** @param labels The benchmark's table. */
  constructor(labels: readonly Label[]) {
    const drawn = labels.filter(({ id }) => id >= 0);
    for (const { id, categoryId } of drawn) this.#categoryOf[id] = categoryId;
    const counted = drawn.filter(({ hasInstances, ignoreInEval }) => hasInstances && !ignoreInEval);
    this.#labels = new Map(counted.map((label) => [label.id, label]));
    this.classes = new Map(counted.map(({ name }) => [name, { right: 0, missed: 0 }]));
    const whole = new Set(counted.map(({ category }) => category)).values()
      .filter((name) => drawn.every((row) => row.category !== name || row.hasInstances));
    this.categories = new Map(whole.map((name) => [name, { right: 0, missed: 0 }]));
  }

  /**
   * Counts a frame.
   *
   * @param instances Instance ids of its pixels, as in the `instanceIds` images.
   * @param predicted Label ids of the same pixels.
   * @throws {RangeError} if the two differ in length.
   */
  add(instances: Uint8Array | Uint16Array, predicted: Uint8Array): void {
    if (instances.length !== predicted.length) {
      throw new RangeError(
        `Cannot count instances: expected ${instances.length} predicted pixels as in the truth, ` +
          `got ${predicted.length}`,
      );
    }
    for (const [id, { pixels, ofClass, ofCategory }] of this.#measure(instances, predicted)) {
      const label = this.#labels.get(Math.floor(id / INSTANCES_PER_LABEL));
      if (!label) continue; // Not evaluated, as a trailer or what stands for a license plate.
      const weight = MEAN_PIXELS[label.name]! / pixels;
      tally(this.classes.get(label.name), weight, { pixels, right: ofClass });
      tally(this.categories.get(label.category), weight, { pixels, right: ofCategory });
    }
  }

  /**
   * Adds what others counted.
   *
   * @param others Counts of the same labels.
   */
  addCounted(others: Pick<InstanceCounts, "classes" | "categories">): void {
    for (const key of ["classes", "categories"] as const) {
      for (const [name, { right, missed }] of others[key]) {
        const sum = this[key].get(name)!;
        sum.right += right;
        sum.missed += missed;
      }
    }
  }

  #measure(instances: Uint8Array | Uint16Array, predicted: Uint8Array): Map<number, Instance> {
    const found = new Map<number, Instance>();
    for (const [pair, pixels] of pairsOfInstances(instances, predicted)) {
      const id = pair >>> 8, prediction = pair & 255;
      const label = Math.floor(id / INSTANCES_PER_LABEL);
      const instance = found.get(id) ?? { pixels: 0, ofClass: 0, ofCategory: 0 };
      found.set(id, instance);
      instance.pixels += pixels;
      if (prediction === label) instance.ofClass += pixels;
      if (this.#categoryOf[prediction] === this.#categoryOf[label]) instance.ofCategory += pixels;
    }
    return found;
  }
}

/**
 * Counts the pixels of instances by instance and prediction. Both images are made of areas, so it goes
 * from one run of equal pixels to the next.
 *
 * @returns Numbers of pixels by `id << 8 | prediction`.
 */
function pairsOfInstances(
  instances: Uint8Array | Uint16Array,
  predicted: Uint8Array,
): Map<number, number> {
  const pairs = new Map<number, number>();
  if (instances instanceof Uint8Array) return pairs; // Bytes only hold label ids.
  const end = instances.length, twos = twosOf(instances);
  for (let i = nextInstance(instances, twos, 0); i < end; i = nextInstance(instances, twos, i)) {
    const id = instances[i]!, prediction = predicted[i]!, start = i;
    while (i < end && instances[i] === id && predicted[i] === prediction) i++;
    const pair = id << 8 | prediction;
    pairs.set(pair, (pairs.get(pair) ?? 0) + i - start);
  }
  return pairs;
}

/** The pixels two by two; none where their memory does not begin with a word. */
function twosOf({ buffer, byteOffset, length }: Uint16Array): Uint32Array {
  return byteOffset % 4 === 0
    ? new Uint32Array(buffer, byteOffset, length >> 1)
    : new Uint32Array();
}

/** The next pixel of an instance, or the end; two of the many without are passed over at a time. */
function nextInstance(instances: Uint16Array, twos: Uint32Array, from: number): number {
  const end = instances.length;
  let i = from;
  if (i % 2 === 1 && i < end && instances[i]! <= INSTANCES_PER_LABEL) i++;
  if (i % 2 === 0) {
    let two = i / 2;
    while (two < twos.length && hasNoInstance(twos[two]!)) two++;
    i = two * 2;
  }
  while (i < end && instances[i]! <= INSTANCES_PER_LABEL) i++;
  return i;
}

function hasNoInstance(twoIds: number): boolean {
  return (twoIds & 0xffff) <= INSTANCES_PER_LABEL && twoIds >>> 16 <= INSTANCES_PER_LABEL;
}

function tally(
  sum: WeightedPixels | undefined,
  weight: number,
  { pixels, right }: { pixels: number; right: number },
): void {
  if (!sum) return;
  sum.right += right * weight;
  sum.missed += (pixels - right) * weight;
}
