import { ResizeFilterType, ResizeFit, Transformer } from "@napi-rs/image";
import type { ImageSize } from "../packed_frames.ts";

/**
 * As {@linkcode decodeRgb}, but of each block of pixels only the one that nearest-neighbour resizing
 * takes, the one at the block's centre: nothing else is copied out of the decoder's memory.
 *
 * @param size The number of blocks; it must divide the image's size.
 */
export async function decodeRgbBlocks(
  file: Uint8Array,
  { width, height }: ImageSize,
): Promise<Uint8Array> {
  const decoder = new Transformer(file)
    .resize({ width, height, filter: ResizeFilterType.Nearest, fit: ResizeFit.Fill });
  return copyOf(await decoder.rawPixels());
}

/**
 * Decodes the samples of a PNG of {@linkcode ColorType} `RGB` and 8 bits, beside the event loop. They
 * are the file's, whatever profile or gamma it names. sharp reads every format, but takes 1.4 times as
 * long.
 *
 * @param file The file, without a chunk `"tRNS"`, which would add a channel.
 * @returns The samples, row-major, the channels of a pixel side by side.
 * @throws {Error} if the file is damaged.
 */
export async function decodeRgb(file: Uint8Array): Promise<Uint8Array> {
  return copyOf(await new Transformer(file).rawPixels());
}

/** The decoder's memory is not the collector's, who lets a gigabyte of it pile up; copies are. */
function copyOf({ buffer, byteOffset, length }: Uint8Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length).slice();
}
