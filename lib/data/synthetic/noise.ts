/** A fixed random number in [0, 1) for each point of the integer lattice. */
function latticeValue(x: number, y: number): number {
  let bits = Math.imul(x, 0x27d4eb2d) ^ Math.imul(y, 0x165667b1);
  bits = Math.imul(bits ^ (bits >>> 15), 0x85ebca6b);
  return ((bits ^ (bits >>> 13)) >>> 0) / 2 ** 32;
}

/**
 * Value noise: random numbers at the integer points, blended linearly between them.
 *
 * @returns A number in [0, 1), the same for the same point in every run.
 */
export function noise(x: number, y: number): number {
  const left = Math.floor(x);
  const low = Math.floor(y);
  const across = x - left;
  const up = y - low;
  const lower = latticeValue(left, low) * (1 - across) + latticeValue(left + 1, low) * across;
  const upper = latticeValue(left, low + 1) * (1 - across) +
    latticeValue(left + 1, low + 1) * across;
  return lower * (1 - up) + upper * up;
}
