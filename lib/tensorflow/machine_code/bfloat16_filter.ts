import { R11, R8, R9, RBP, RBX, RCX, RDI, RDX, RSI } from "./assembler.ts";
import { type Bfloat16Frame, INTERLEAVED, local } from "./bfloat16_frame.ts";
import { ROW_BYTES, TILE_ROWS } from "./bfloat16_plan.ts";
import { FLOAT_BYTES } from "./number_bytes.ts";

// The code that rounds a filter to bfloat16 and puts it in the order in which it is multiplied: for each
// one or two tiles of columns, each row of the filter, some channels, and each place in the row.

/** Packs a block of columns of the filter. */
export function packFilter(frame: Bfloat16Frame, { turned }: { turned: boolean }): void {
  const { asm, plan } = frame;
  const { channels, filters, down, across, terms, blockChannels, place } = plan;
  const { beside } = plan.tiles;
  // A filter to be turned has its channels last.
  const column = turned ? channels * FLOAT_BYTES : FLOAT_BYTES;
  const channel = turned ? FLOAT_BYTES : filters * FLOAT_BYTES;
  const spot = channels * filters * FLOAT_BYTES;
  asm.load(RDX, local("other"));
  asm.load(RSI, local("block"));
  asm.imul(RSI, RSI, column);
  asm.add(RDX, { register: RSI });
  asm.load(RDI, local("scratch"));
  asm.lea(R11, { base: RDI, offset: place.square });
  asm.add(RDI, place.filter);
  asm.movNumber(RBP, BigInt(blockChannels / (beside * TILE_ROWS)));
  asm.countDown(RBP, 1, () => {
    for (let y = 0; y < down; y++) {
      asm.mov(R8, RDX);
      asm.movNumber(RBX, BigInt(channels / terms));
      asm.countDown(RBX, 1, () => {
        for (let x = 0; x < across; x++) {
          const index = y * across + x;
          asm.lea(R9, { base: R8, offset: (turned ? down * across - 1 - index : index) * spot });
          if (turned) turnedTiles(frame);
          else packTiles(frame);
        }
        asm.add(R8, terms * channel);
      });
    }
    asm.add(RDX, beside * TILE_ROWS * column);
  });
}

/** Packs tiles side by side: of each pair of channels what they have for 16 columns, interleaved. */
function packTiles({ asm, plan }: Bfloat16Frame): void {
  const { filters, terms } = plan, { beside } = plan.tiles;
  const row = filters * FLOAT_BYTES, tile = terms / 2 * ROW_BYTES;
  asm.movNumber(RCX, BigInt(terms / 2));
  asm.countDown(RCX, 1, () => {
    for (let i = 0; i < beside; i++) {
      asm.vmovups(0, { base: R9, offset: i * ROW_BYTES });
      asm.vmovups(1, { base: R9, offset: row + i * ROW_BYTES });
      // Of the next channels; the processor does not see by itself what comes so far apart.
      asm.prefetcht0({ base: R9, offset: terms * row + i * ROW_BYTES });
      asm.prefetcht0({ base: R9, offset: (terms + 1) * row + i * ROW_BYTES });
      asm.vcvtne2ps2bf16(0, 1, 0);
      asm.vpermw(0, INTERLEAVED, 0);
      asm.vmovupsStore({ base: RDI, offset: i * tile }, 0);
    }
    asm.add(R9, 2 * row);
    asm.add(RDI, ROW_BYTES);
  });
  if (beside > 1) asm.add(RDI, (beside - 1) * tile);
}

/** The same of a filter whose columns are rows: pairs of channels lie together, and are transposed. */
function turnedTiles({ asm, plan }: Bfloat16Frame): void {
  const { channels, terms, place } = plan, { beside } = plan.tiles, row = channels * FLOAT_BYTES;
  const pairs = terms / 2;
  for (let i = 0; i < beside; i++) {
    for (let column = 0; column < TILE_ROWS; column++) {
      const offset = (i * TILE_ROWS + column) * row,
        square = { base: R11, offset: column * ROW_BYTES };
      asm.vmovups(0, { base: R9, offset });
      if (pairs === TILE_ROWS) {
        asm.vmovups(1, { base: R9, offset: offset + ROW_BYTES });
        asm.prefetcht0({ base: R9, offset: offset + 2 * ROW_BYTES });
        asm.prefetcht0({ base: R9, offset: offset + 3 * ROW_BYTES });
        asm.vcvtne2ps2bf16(0, 1, 0);
      } else {
        asm.vcvtneps2bf16(0, 0);
      }
      asm.vmovupsStore(square, 0);
    }
    asm.transpose(
      (column) => ({ base: R11, offset: column * ROW_BYTES }),
      // With fewer pairs the rest goes to waste.
      (pair) =>
        pair < pairs
          ? { base: RDI, offset: pair * ROW_BYTES }
          : { base: R11, offset: place.waste - place.square + pair * ROW_BYTES },
    );
    asm.add(RDI, pairs * ROW_BYTES);
  }
}
