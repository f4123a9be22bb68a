import sharp from "sharp";

/** A decoded picture. */
export interface Picture {
  /** `[height, width, 3]`. */
  pixels: Uint8Array;
  width: number;
  height: number;
}

export async function decode(png: Uint8Array): Promise<Picture> {
  const { data, info } = await sharp(png).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  return { pixels: new Uint8Array(data), width: info.width, height: info.height };
}

/** How many pixels of a box are not white; of the whole picture by default. */
export function ink(picture: Picture, box: Partial<Box> = {}): number {
  const { x = 0, y = 0, width = picture.width, height = picture.height } = box;
  let count = 0;
  for (let row = y; row < y + height; row++) {
    for (let column = x; column < x + width; column++) {
      if (colorAt(picture, column, row).some((value) => value < 250)) count++;
    }
  }
  return count;
}

export function colorAt({ pixels, width }: Picture, x: number, y: number): number[] {
  return [...pixels.subarray((y * width + x) * 3, (y * width + x + 1) * 3)];
}

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
}
