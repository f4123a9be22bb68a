// @ts-nocheck AssemblyScript: its compiler checks the types.

/** Bytes of a vector. */
const WIDTH: u32 = 16;

/** By distance below {@linkcode WIDTH}: which of the bytes before repeat in a vector (u8, 16 each). */
const repeats = memory.data(WIDTH * WIDTH, 16);
/** And by how many bytes the next vector follows, so that it repeats the same (u8). */
const steps = memory.data(WIDTH, 1);

for (let distance: u32 = 1; distance < WIDTH; distance++) {
  for (let i: u32 = 0; i < WIDTH; i++) store<u8>(repeats + WIDTH * distance + i, i % distance);
  store<u8>(steps + distance, WIDTH - WIDTH % distance);
}

/** Repeats what is so many bytes before an address; up to 15 bytes more than asked for are written. */
export function copyMatch(to: u32, distance: u32, length: u32): void {
  const end = to + length;
  let from = to - distance;
  if (distance >= WIDTH) {
    do {
      v128.store(to, v128.load(from));
      to += WIDTH;
      from += WIDTH;
    } while (to < end);
    return;
  }
  const repeated = v128.swizzle(v128.load(from), v128.load(repeats + WIDTH * distance));
  const step = <u32> load<u8>(steps + distance);
  do {
    v128.store(to, repeated);
    to += step;
  } while (to < end);
}
