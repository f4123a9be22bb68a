import { type PackedFrames, VOID } from "../data/mod.ts";

/**
 * Class weights by median frequency balancing (Eigen and Fergus 2015,
 * https://arxiv.org/abs/1411.4734): the median of the classes' frequencies divided by a class's own,
 * so that rare classes count more. A class's frequency is its share of the pixels of those frames
 * that have it.
 *
 * @param packed The training frames.
 * @param classes How many classes there are, K.
 * @returns K weights; 1 for a class that no frame has.
 */
export function balancedClassWeights({ labels, frames }: PackedFrames, classes: number): number[] {
  const pixels = new Float64Array(classes), pixelsWhere = new Float64Array(classes);
  const perFrame = labels.length / frames.length;
  for (let start = 0; start < labels.length; start += perFrame) {
    const counts = new Float64Array(VOID + 1);
    for (let i = start; i < start + perFrame; i++) counts[labels[i]!]! += 1;
    for (let index = 0; index < classes; index++) {
      pixels[index]! += counts[index]!;
      if (counts[index]! > 0) pixelsWhere[index]! += perFrame - counts[VOID]!;
    }
  }
  const frequencies = Array.from(pixels, (count, i) => count / pixelsWhere[i]!);
  const present = frequencies.filter((frequency) => frequency > 0).sort((a, b) => a - b);
  const middle = [present[(present.length - 1) >> 1], present[present.length >> 1]];
  const median = present.length > 0 ? (middle[0]! + middle[1]!) / 2 : 1;
  return frequencies.map((frequency) => frequency > 0 ? median / frequency : 1);
}
