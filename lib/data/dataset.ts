import type { LabelSpace } from "./label_space.ts";

/** One image of a dataset and its labels. */
export interface Frame {
  /** What it is called in its dataset, such as `"aachen_000000_000019"`. */
  id: string;
  /** The path of its image. */
  image: string;
  /** The path of its label image; absent where the dataset keeps them back. */
  labels?: string;
  /** The path of the image that tells its objects apart, where there is one. */
  instances?: string;
}

/** A dataset on disk. */
export interface Dataset {
  /** Which dataset it is. */
  name: "synthetic" | "camvid" | "cityscapes";
  /** The folder it is in. */
  root: string;
  /** Its classes. */
  space: LabelSpace;
  /** The folder with the images of a split. */
  images(split: string): string;
  /**
   * The frames of a split, by id.
   *
   * @param split Such as `"train"` or `"val"`.
   * @throws {Error} if the split is absent, empty or half there; the message names what is missing.
   */
  frames(split: string): Promise<Frame[]>;
}
