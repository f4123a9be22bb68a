import { ColorType, decodeGrey, pngForm } from "./png/mod.ts";

/** A decoded label image. */
export interface LabelImage {
  /** Label ids `[H, W]`, row-major, as they are in the file. */
  ids: Uint8Array | Uint16Array;
  width: number;
  height: number;
}

/**
 * Decodes a label image without any conversion of colours: a sample is an id, in a palette PNG the
 * index. Reading a file waits beside the event loop; decoding it (2 to 5 ms for 2048x1024) does not.
 *
 * @param path A greyscale PNG or one with a palette, of any depth.
 * @param content What is in the file, if it was read already.
 * @throws {Error} if the file is absent, broken or has another form; the message names it.
 */
export async function decodeLabels(path: string, content?: Uint8Array): Promise<LabelImage> {
  try {
    const file = content ?? await Deno.readFile(path);
    const form = pngForm(file);
    if (!form) throw new Error("it is no PNG, or one with a damaged header");
    if (form.colorType !== ColorType.GREYSCALE && form.colorType !== ColorType.PALETTE) {
      throw new Error("expected a PNG with one channel of ids or a palette");
    }
    return { ids: decodeGrey(file, form), width: form.width, height: form.height };
  } catch (error) {
    throw new Error(`Cannot read the labels ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
