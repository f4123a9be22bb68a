import { type ImageSize, PNG_HEADER_BYTES, pngForm } from "../data/mod.ts";

/**
 * Reads an image's size from a PNG's header, without decoding it.
 *
 * @param path The file.
 * @returns Its size, or `undefined` if it is no PNG or has a damaged header.
 * @throws {Error} if it cannot be read.
 */
export async function pngSize(path: string): Promise<ImageSize | undefined> {
  using file = await Deno.open(path);
  const header = new Uint8Array(PNG_HEADER_BYTES);
  let read = 0;
  while (read < header.length) {
    const more = await file.read(header.subarray(read));
    if (more === null) return undefined;
    read += more;
  }
  return pngForm(header);
}
