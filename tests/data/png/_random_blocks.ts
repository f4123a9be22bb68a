import { Random } from "../../../lib/system/mod.ts";

/** Deflate's alphabets (RFC 1951, 3.2.5 and 3.2.7), without the symbols that are none. */
const LITERALS = 286, DISTANCES = 30, WIDTHS = 19, END = 256;
/** How many bits add to the value of a symbol for a length, and for a distance. */
const LENGTH_EXTRA = [..."00000000111122223333444455550"].map(Number);
const DISTANCE_EXTRA = Array.from({ length: DISTANCES }, (_, i) => Math.max(0, (i >> 1) - 1));
const MOST_WIDTH = 15;
const STORED = 2 ** 15;

/** Collects bits, the first one lowest in its byte. */
class BitWriter {
  readonly #bits: number[] = [];

  put(value: number, width: number): void {
    for (let i = 0; i < width; i++) this.#bits.push(value >> i & 1);
  }

  /** A Huffman code, which has its highest bit first. */
  putCode({ code, width }: Code): void {
    for (let i = width - 1; i >= 0; i--) this.#bits.push(code >> i & 1);
  }

  bytes(): Uint8Array {
    const bytes = new Uint8Array(Math.ceil(this.#bits.length / 8));
    this.#bits.forEach((bit, i) => bytes[i >> 3]! |= bit << (i & 7));
    return bytes;
  }
}

interface Code {
  symbol: number;
  code: number;
  width: number;
}

/**
 * Deflated bytes, raw: a stored block of as many as a match may go back, the first one 0, and one of
 * random symbols whose codes have random widths.
 *
 * @param spoils Changes the width of a code, so that mostly there is no such code.
 */
export function randomBlocks(seed: number, spoils = false): Uint8Array {
  const random = new Random(seed), writer = new BitWriter();
  writer.put(0, 8); // Not the last block, a stored one, and the rest of the byte.
  writer.put(STORED, 16);
  writer.put(~STORED & 0xffff, 16);
  for (let i = 0; i < STORED; i++) writer.put(i === 0 ? 0 : random.integer(256), 8);

  const literals = randomWidths(random, LITERALS, 2 + random.integer(LITERALS - 1));
  const distances = randomWidths(random, DISTANCES, random.integer(DISTANCES + 1));
  if (literals[END] === 0) {
    const other = literals.findIndex((width) => width > 0);
    [literals[END], literals[other]] = [literals[other]!, 0];
  }
  writer.put(0b101, 3); // The last block, with codes of its own.
  writer.put(LITERALS - 257, 5);
  writer.put(DISTANCES - 1, 5);
  writer.put(WIDTHS - 4, 4);
  // Widths have codes of 4 bits, which are the widths; what repeats them, which comes first, has none.
  for (let i = 0; i < WIDTHS; i++) writer.put(i < 3 ? 0 : 4, 3);
  const given = [...literals, ...distances];
  if (spoils) given[random.integer(given.length)] = 1 + random.integer(MOST_WIDTH);
  for (const width of given) writer.putCode({ symbol: width, code: width, width: 4 });

  const literalCodes = codesOf(literals), distanceCodes = codesOf(distances);
  const end = literalCodes.find(({ symbol }) => symbol === END)!;
  const used = literalCodes.filter(({ symbol }) =>
    symbol < END || symbol > END && distanceCodes.length > 0
  );
  for (let i = 0; i < 3000 && used.length > 0; i++) {
    const literal = used[random.integer(used.length)]!;
    writer.putCode(literal);
    if (literal.symbol < END) continue;
    writer.put(random.integer(32), LENGTH_EXTRA[literal.symbol - END - 1]!);
    const distance = distanceCodes[random.integer(distanceCodes.length)]!;
    writer.putCode(distance);
    writer.put(random.integer(2 ** 13), DISTANCE_EXTRA[distance.symbol]!);
  }
  writer.putCode(end);
  return writer.bytes();
}

/** Random widths of codes that together are all codes; one symbol, though, has a code of one bit. */
function randomWidths(random: Random, symbols: number, used: number): number[] {
  const leaves = used < 2 ? Array<number>(used).fill(1) : [0];
  while (leaves.length < used) {
    // A leaf of the tree gets two; often the last one does again, so that some come to lie deep.
    const i = random.uniform() < 0.5 ? leaves.length - 1 : random.integer(leaves.length);
    if (leaves[i]! < MOST_WIDTH) leaves.push(++leaves[i]!);
  }
  const widths = Array<number>(symbols).fill(0);
  random.permutation(symbols).slice(0, used).forEach((symbol, i) => widths[symbol] = leaves[i]!);
  return widths;
}

/** The canonical code of such widths (RFC 1951, 3.2.2). */
function codesOf(widths: readonly number[]): Code[] {
  const codes = widths.map((width, symbol) => ({ symbol, width, code: 0 }))
    .filter(({ width }) => width > 0)
    .toSorted((one, other) => one.width - other.width || one.symbol - other.symbol);
  for (const [i, code] of codes.entries()) {
    const last = codes[i - 1];
    if (last) code.code = (last.code + 1) << (code.width - last.width);
  }
  return codes;
}
