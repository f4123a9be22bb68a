import { crc32, deflateSync } from "node:zlib";

/** The end of a PNG's signature and header. */
const HEADER_END = 33;

/** Puts a chunk behind a PNG's header. */
export function withChunk(png: Uint8Array, type: string, content: ArrayLike<number>): Uint8Array {
  const data = Uint8Array.from([...new TextEncoder().encode(type), ...Array.from(content)]);
  const chunk = new Uint8Array(4 + data.length + 4);
  chunk.set(data, 4);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, content.length);
  view.setUint32(4 + data.length, crc32(data));
  return Uint8Array.from([...png.subarray(0, HEADER_END), ...chunk, ...png.subarray(HEADER_END)]);
}

/** Changes a PNG's header, and its checksum accordingly. */
export function withHeader(png: Uint8Array, change: (header: DataView) => void): Uint8Array {
  const changed = Uint8Array.from(png);
  const header = new DataView(changed.buffer);
  change(header);
  header.setUint32(29, crc32(changed.subarray(12, 29)));
  return changed;
}

/** Puts a PNG's pixels in place of those of another of the same size. */
export function withPixels(png: Uint8Array, filtered: Uint8Array): Uint8Array {
  const beginning = withChunk(png.subarray(0, 33), "IDAT", deflateSync(filtered));
  return Uint8Array.from([...beginning, ...png.subarray(-12)]); // The last chunk has no content.
}

/** Filters rows as section 9.2 of the specification says, by filters that take turns. */
export function filtered(
  bytes: Uint8Array,
  form: { rowBytes: number; pixelBytes: number; filters: readonly number[] },
): Uint8Array {
  const { rowBytes, pixelBytes, filters } = form;
  const byteAt = (x: number, y: number) => x < 0 || y < 0 ? 0 : bytes[y * rowBytes + x]!;
  const rows: number[] = [];
  for (let y = 0; y < bytes.length / rowBytes; y++) {
    const filter = filters[y % filters.length]!;
    rows.push(filter);
    for (let x = 0; x < rowBytes; x++) {
      const a = byteAt(x - pixelBytes, y), b = byteAt(x, y - 1), c = byteAt(x - pixelBytes, y - 1);
      const distance = (value: number) => Math.abs(a + b - c - value);
      const nearest = [a, b, c].toSorted((one, other) => distance(one) - distance(other))[0]!;
      rows.push(byteAt(x, y) - [0, a, b, Math.floor((a + b) / 2), nearest][filter]!);
    }
  }
  return Uint8Array.from(rows);
}
