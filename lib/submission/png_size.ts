/** The size of an image in pixels. */
export interface ImageSize {
  width: number;
  height: number;
}

/** What every PNG begins with: its signature, the length and the name of its header chunk. */
const BEGINNING = [137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82];
/** Where the header has the size (the PNG specification, 11.2.1). */
const WIDTH_AT = 16, HEIGHT_AT = 20, SIZE_END = 24;

/**
 * Reads an image's size from a PNG's header, without decoding it.
 *
 * @param path The file.
 * @returns Its size, or `undefined` if it is no PNG.
 * @throws {Error} if it cannot be read.
 */
export async function pngSize(path: string): Promise<ImageSize | undefined> {
  using file = await Deno.open(path);
  const header = new Uint8Array(SIZE_END);
  let read = 0;
  while (read < SIZE_END) {
    const more = await file.read(header.subarray(read));
    if (more === null) return undefined;
    read += more;
  }
  if (BEGINNING.some((byte, index) => header[index] !== byte)) return undefined;
  const view = new DataView(header.buffer);
  return { width: view.getUint32(WIDTH_AT), height: view.getUint32(HEIGHT_AT) };
}
