import type { Random } from "../system/mod.ts";

/** How strong the first step's randomness is; only its ratio to the later ones matters. */
const WIBBLE = 100;

/**
 * A random cloud by the diamond-square algorithm (Fournier, Fussell, Carpenter 1982,
 * https://doi.org/10.1145/358523.358553), which wraps around at its edges, as ImageNet-C draws fog.
 *
 * @param size A power of two, 2 or more.
 * @param decay By how much the randomness falls from a step to the next: the less, the rougher.
 * @returns `[size, size]`, row-major, the least 0 and the greatest 1.
 */
export function plasmaFractal(size: number, decay: number, random: Random): Float32Array {
  const map = new Float32Array(size * size);
  const at = (x: number, y: number) => map[(y & (size - 1)) * size + (x & (size - 1))]!;
  let wibble = WIBBLE;
  for (let step = size; step >= 2; step /= 2, wibble /= decay) {
    const half = step / 2;
    // ImageNet-C scales by the wibble twice.
    const blend = (sum: number) => sum / 4 + wibble * wibble * (2 * random.uniform() - 1);
    const fill = (left: number, top: number, mean: (x: number, y: number) => number) => {
      for (let y = top; y < size; y += step) {
        for (let x = left; x < size; x += step) map[y * size + x] = blend(mean(x, y));
      }
    };
    const diamond = (x: number, y: number) =>
      at(x - half, y) + at(x + half, y) + at(x, y - half) + at(x, y + half);
    fill(half, half, (x, y) =>
      at(x - half, y - half) + at(x + half, y - half) +
      at(x - half, y + half) + at(x + half, y + half));
    fill(half, 0, diamond);
    fill(0, half, diamond);
  }
  let least = Infinity, greatest = -Infinity;
  for (const value of map) {
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  return map.map((value) => (value - least) / (greatest - least));
}
