import type { Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { VOID } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import type { Augmentation } from "../training/mod.ts";
import { SelfCheck } from "./self_check.ts";

const FRAMES = 32, HEIGHT = 16, WIDTH = 32;
/** So many pixels may be blended where two colours meet. */
const LEAST_AGREEMENT = 0.85;
const DARK = 0.25, BRIGHT = 0.75;

/**
 * Checks exercise 1, the augmentation, on frames whose upper right quarter is bright and of another
 * class: that images and labels keep their form, stay together, and change.
 *
 * @param tf The engine.
 * @param augmentation A solution.
 */
export async function checkAugmentation(
  tf: TensorFlow,
  augmentation: Augmentation,
): Promise<SelfCheck> {
  const exercise = "Exercise 1";
  const quarter = Array.from(
    { length: HEIGHT * WIDTH },
    (_, i) => i < HEIGHT / 2 * WIDTH && i % WIDTH >= WIDTH / 2 ? 1 : 0,
  );
  const result = tf.tidy(() => {
    const labels = tf.tensor3d(quarter, [1, HEIGHT, WIDTH], "int32").tile<Tensor3D>([FRAMES, 1, 1]);
    const images = labels.cast("float32").mul(BRIGHT - DARK).add(DARK).expandDims(-1)
      .tile<Tensor4D>([1, 1, 1, 3]);
    const draws = tf.randomUniform([FRAMES, augmentation.draws], 0, 1, "float32", 1) as Tensor2D;
    const batch = { images, labels };
    return augmentation.apply(tf, batch, draws) && augmentation.apply(tf, batch, draws);
  });
  if (!result) return new SelfCheck(exercise);
  const { images, labels } = result;
  const shapes = `${images.dtype} [${images.shape}] and ${labels.dtype} [${labels.shape}]`;
  const keepsForm = shapes ===
    `float32 [${FRAMES},${HEIGHT},${WIDTH},3] and int32 [${FRAMES},${HEIGHT},${WIDTH}]`;
  const [pixels, classes] = [await images.data(), await labels.data()];
  tf.dispose([images, labels]);
  const form = { what: "shapes and dtypes are kept", isRight: keepsForm, hint: `got ${shapes}` };
  if (!keepsForm) return new SelfCheck(exercise, [form]);
  return new SelfCheck(exercise, [
    form,
    { what: "images stay in 0..1", isRight: pixels.every((value) => value >= 0 && value <= 1) },
    {
      what: "labels stay classes, not blended",
      isRight: classes.every((label) => label === 0 || label === 1 || label === VOID),
    },
    {
      what: "labels follow their images",
      isRight: agreement(pixels, classes) >= LEAST_AGREEMENT,
      hint: "image and labels need the same flip or crop",
    },
    {
      what: "frames do change",
      isRight: classes.some((label, i) => label !== quarter[i % quarter.length]) ||
        pixels.some((value) => value !== DARK && value !== BRIGHT),
    },
  ]);
}

/** The share of the pixels that are bright where the label says so, seen frame by frame. */
function agreement(pixels: ArrayLike<number>, labels: ArrayLike<number>): number {
  let same = 0, count = 0;
  const size = HEIGHT * WIDTH;
  for (let frame = 0; frame < FRAMES; frame++) {
    const at = Array.from({ length: size }, (_, i) => frame * size + i)
      .filter((i) => labels[i] !== VOID);
    const values = at.map((i) => pixels[i * 3]!);
    const middle = (Math.min(...values) + Math.max(...values)) / 2;
    if (new Set(at.map((i) => labels[i])).size < 2) continue; // A crop may have one class only.
    at.forEach((i, n) => same += (values[n]! > middle) === (labels[i] === 1) ? 1 : 0);
    count += at.length;
  }
  return count === 0 ? 1 : same / count;
}
