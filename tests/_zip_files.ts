// Zips byte by byte, so that they may also be such as no good program makes.

import { constants, crc32, deflateRawSync } from "node:zlib";

/** A file in a zip, and what is wrong with it. */
export interface ZipPart {
  name: string;
  data?: Uint8Array;
  /** Whether it is deflated. */
  deflate?: boolean;
  /** Stands in for the compressed data. */
  compressed?: Uint8Array;
  /** The declared size. */
  size?: number;
  /** The declared checksum. */
  crc?: number;
  /** The Unix mode, type and permissions. */
  mode?: number;
  /** The general purpose flags. */
  flags?: number;
  /** The offset of its local header, where it is not its own. */
  offset?: number;
}

const UNIX = 3 << 8, VERSION = 20, STORED = 0, DEFLATED = 8;
const UTF8_NAMES = 0x800;

/** Builds a zip (the .ZIP specification, 4.3). */
export function makeZip(parts: readonly ZipPart[]): Uint8Array<ArrayBuffer> {
  const pieces: Uint8Array[] = [], directory: Uint8Array[] = [];
  let offset = 0;
  for (const part of parts) {
    const { data = new Uint8Array(), mode = 0o100644, flags = UTF8_NAMES } = part;
    const isDeflated = part.deflate || part.compressed !== undefined;
    const content = part.compressed ?? (part.deflate ? deflateRawSync(data) : data);
    const name = new TextEncoder().encode(part.name);
    const common = [
      ...[u16(VERSION), u16(flags), u16(isDeflated ? DEFLATED : STORED), u16(0), u16(0x5821)],
      ...[u32(part.crc ?? crc32(data)), u32(content.length), u32(part.size ?? data.length)],
      ...[u16(name.length), u16(0)],
    ];
    const local = join([u32(0x04034b50), ...common, name]);
    directory.push(join([
      ...[u32(0x02014b50), u16(UNIX | VERSION), ...common, u16(0), u16(0), u16(0)],
      ...[u32(mode * 2 ** 16), u32(part.offset ?? offset), name],
    ]));
    pieces.push(local, content);
    offset += local.length + content.length;
  }
  const entries = join(directory);
  const end = [u16(0), u16(0), u16(parts.length), u16(parts.length), u32(entries.length)];
  return join([...pieces, entries, u32(0x06054b50), ...end, u32(offset), u16(0)]);
}

/** Deflated zeros, `count` times 10 MB of them; 10 KB each. */
export function deflatedZeros(count: number): Uint8Array {
  // After a full flush nothing refers to what came before, so that the block may be repeated.
  const block = deflateRawSync(new Uint8Array(1e7), { finishFlush: constants.Z_FULL_FLUSH });
  const lastBlock = Uint8Array.of(3, 0);
  return join([...Array.from({ length: count }, () => block), lastBlock]);
}

function join(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let end = 0;
  for (const part of parts) {
    bytes.set(part, end);
    end += part.length;
  }
  return bytes;
}

function u16(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8);
}

function u32(value: number): Uint8Array {
  return Uint8Array.of(value, value >>> 8, value >>> 16, value >>> 24);
}
