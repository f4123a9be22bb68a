// Label images drawn by the formulas of golden/make_scores.py, whose comments say more.

import { CITYSCAPES, LABELS } from "../../lib/mod.ts";

/** The size of the small images. */
export const SMALL = { width: 64, height: 32 };

type Size = typeof SMALL;

const FRAMES = [0, 1, 2];
const IDS = Array.from({ length: 34 }, (_, id) => id);
const VOID_IDS = IDS.filter((id) => CITYSCAPES.classes.every((label) => label.id !== id));
const PREDICTED_IDS = IDS.filter((id) => id !== 27 && id !== 31);
const WITH_INSTANCES = new Set(
  LABELS.filter(({ hasInstances }) => hasInstances).map(({ id }) => id),
);
const TRUE_IDS = PREDICTED_IDS.filter((id) => id !== 28);

/** What a case compares: label ids of some frames. */
export interface DrawnCase {
  truth: Uint8Array[];
  predicted: Uint8Array[];
}

/** The cases of golden/scores.json by name. */
export function smallCases(): Record<string, DrawnCase> {
  const truth = FRAMES.map((frame) => blocks(TRUE_IDS, frame));
  const few = FRAMES.map((frame) => blocks([0, 7, 8, 23], 500 + frame));
  const replacedIn = (seed: number, ids: number[], oneIn: number) =>
    truth.map((labels, frame) => noisy(labels, SMALL, { seed: seed + 2 * frame, ids, oneIn }));
  return {
    random: {
      truth,
      predicted: FRAMES.map((frame) =>
        draw(SMALL, (x, y) => pick(PREDICTED_IDS, mixed(x, y, 100 + frame)))
      ),
    },
    noisy: { truth, predicted: replacedIn(200, PREDICTED_IDS, 5) },
    void: { truth, predicted: replacedIn(300, VOID_IDS, 3) },
    few: { truth: few, predicted: FRAMES.map((frame) => blocks([7, 9, 26], 600 + frame)) },
    allVoid: { truth: FRAMES.map(() => draw(SMALL, () => 0)), predicted: truth },
  };
}

/** The predictions of golden/scores_real.json by name, made from a frame's true label ids. */
export const REAL_PREDICTIONS: Record<
  string,
  (truth: Uint8Array, size: Size, frame: number) => Uint8Array
> = {
  random: (_, size, frame) => draw(size, (x, y) => pick(PREDICTED_IDS, mixed(x, y, 700 + frame))),
  road: (truth) => truth.slice().fill(7),
  noisy: (truth, size, frame) =>
    noisy(truth, size, { seed: 2 * frame, ids: PREDICTED_IDS, oneIn: 10 }),
  shifted: (truth, { width, height }) =>
    draw({ width, height }, (x, y) => {
      const fromX = (x + width - 40) % width, fromY = (y + height - 20) % height;
      return truth[fromY * width + fromX]!;
    }),
};

/** Instance ids of drawn labels: what lies in a tile of 8x8 pixels is one object. */
export function tileInstances(ids: Uint8Array): Uint16Array {
  const { width } = SMALL;
  return withInstances(ids, (i) => {
    const x = i % width, y = Math.floor(i / width);
    return (y >> 3) * (width >> 3) + (x >> 3);
  });
}

/** Instance ids of real labels: areas that touch by sides, numbered by label from top left. */
export function componentInstances(ids: Uint8Array, { width }: Size): Uint16Array {
  const number = new Int32Array(ids.length).fill(-1);
  const counts = new Map<number, number>();
  for (let start = 0; start < ids.length; start++) {
    const label = ids[start]!;
    if (number[start]! >= 0 || !WITH_INSTANCES.has(label)) continue;
    const count = counts.get(label) ?? 0;
    counts.set(label, count + 1);
    const queue = [start];
    number[start] = count;
    for (let i = queue.pop(); i !== undefined; i = queue.pop()) {
      const x = i % width;
      const beside = [
        i - width,
        i + width,
        ...x > 0 ? [i - 1] : [],
        ...x < width - 1 ? [i + 1] : [],
      ];
      for (const to of beside) {
        if (ids[to] !== label || number[to]! >= 0) continue;
        number[to] = count;
        queue.push(to);
      }
    }
  }
  return withInstances(ids, (i) => number[i]!);
}

function withInstances(ids: Uint8Array, number: (pixel: number) => number): Uint16Array {
  return Uint16Array.from(ids, (id, i) => WITH_INSTANCES.has(id) ? id * 1000 + number(i) : id);
}

function blocks(ids: number[], seed: number): Uint8Array {
  return draw(SMALL, (x, y) => pick(ids, mixed(x >> 2, y >> 2, seed)));
}

function noisy(
  truth: Uint8Array,
  size: Size,
  { seed, ids, oneIn }: { seed: number; ids: number[]; oneIn: number },
): Uint8Array {
  return draw(
    size,
    (x, y) =>
      mixed(x, y, seed) % oneIn === 0
        ? pick(ids, mixed(x, y, seed + 1))
        : truth[y * size.width + x]!,
  );
}

function draw({ width, height }: Size, idAt: (x: number, y: number) => number): Uint8Array {
  const ids = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) ids[y * width + x] = idAt(x, y);
  }
  return ids;
}

function pick(ids: number[], number: number): number {
  return ids[number % ids.length]!;
}

/** A pseudo-random uint32 for each pixel and seed. */
function mixed(x: number, y: number, seed: number): number {
  const seeded = Math.imul(x, 374761393) + Math.imul(y, 668265263) + Math.imul(seed, 2246822519);
  const folded = Math.imul(seeded ^ ((seeded >>> 0) >>> 13), 1274126177) >>> 0;
  return (folded ^ (folded >>> 16)) >>> 0;
}
