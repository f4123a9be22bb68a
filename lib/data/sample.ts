import { colorize } from "./colorize.ts";
import type { RgbImage } from "./decode_image.ts";
import type { LabelSpace } from "./label_space.ts";

/** One frame at the size it was prepared to. */
export class Sample {
  /** What the frame is called in its dataset. */
  readonly id: string;
  readonly image: RgbImage;
  /** Train ids `[H, W]`, {@linkcode VOID} where a pixel is not evaluated. */
  readonly labels: Uint8Array;
  /** The classes. */
  readonly space: LabelSpace;

  constructor(
    { id, image, labels, space }: Pick<Sample, "id" | "image" | "labels" | "space">,
  ) {
    this.id = id;
    this.image = image;
    this.labels = labels;
    this.space = space;
  }

  /** The truth in the colours of its classes. */
  get truth(): RgbImage {
    return this.paint(this.labels);
  }

  /** Train ids of this frame's pixels, such as a prediction, in the colours of their classes. */
  paint(trainIds: Uint8Array): RgbImage {
    return { ...this.image, pixels: colorize(trainIds, this.space) };
  }
}
