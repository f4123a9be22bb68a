/**
 * The largest block of a whole number of steps that is not too large, or that tasks can share.
 *
 * @param all How much there is to be divided.
 */
export function blockSize(
  all: number,
  { step, most, threads }: { step: number; most: number; threads: number },
): number {
  if (all <= most) return all;
  const count = all / step;
  const divides = (blocks: number) => count % blocks === 0 && all / blocks <= most;
  const possible = Array.from({ length: count }, (_, i) => i + 1).filter(divides);
  const blocks = possible.find((blocks) => blocks % threads === 0) ??
    possible.find((blocks) => blocks >= threads) ?? count;
  return all / blocks;
}
