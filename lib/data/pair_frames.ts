import type { Frame } from "./dataset.ts";

/** What the errors of {@linkcode pairFrames} say. */
export interface PairFramesOptions {
  /** What is read, such as `"CamVid's split val"`. */
  what: string;
  /** Where its files are expected. */
  expected: string;
  /** What helps where there is no image at all, such as the command that obtains them. */
  wayOut?: string | undefined;
}

/**
 * Puts images and label images of the same key together.
 *
 * @param images The images' paths by key.
 * @param labels The label images' paths by key.
 * @returns One frame for each key, in the order of the images.
 * @throws {Error} if there are no images, or an image or a label image lacks its counterpart.
 */
export function pairFrames(
  images: Map<string, string>,
  labels: Map<string, string>,
  { what, expected, wayOut }: PairFramesOptions,
): Frame[] {
  if (images.size === 0) {
    const help = wayOut === undefined ? "" : `; ${wayOut}`;
    throw new Error(`Cannot read ${what}: expected ${expected}, found no image${help}`);
  }
  for (const [key, path] of labels) {
    if (!images.has(key)) throw new Error(`Cannot read ${what}: ${path} has no image ${key}`);
  }
  return [...images].map(([id, image]) => {
    const path = labels.get(id);
    if (!path) throw new Error(`Cannot read ${what}: ${image} has no labels ${id}`);
    return { id, image, labels: path };
  });
}
