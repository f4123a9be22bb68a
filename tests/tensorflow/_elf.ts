/** The bytes of a shared library for this processor that is whole and empty: a header and no more. */
export function emptyLibrary(): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(64);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x7f454c46);
  bytes.set([2, 1, 1], 4); // 64 bits, little-endian, version 1
  view.setUint16(16, 3, true); // a shared object
  view.setUint16(18, Deno.build.arch === "x86_64" ? 62 : 183, true);
  view.setBigUint64(32, 64n, true); // where the table of 0 program headers would be
  return bytes;
}
