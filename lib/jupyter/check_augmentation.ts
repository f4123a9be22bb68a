import type { Tensor, Tensor2D, Tensor3D, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { VOID } from "../data/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { augment, type Augmentation } from "../training/mod.ts";
import { SelfCheck } from "./self_check.ts";

const FRAMES = 32, HEIGHT = 16, WIDTH = 32;
/** So many pixels may be blended where two colours meet. */
const LEAST_AGREEMENT = 0.85;
const DARK = 0.25, BRIGHT = 0.75;
/** Less may be rounding. */
const LEAST_CHANGE = 1e-3;

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
  let result: { images: Tensor; labels: Tensor } | undefined;
  try {
    result = tf.tidy(() => {
      const labels = tf.tensor3d(quarter, [1, HEIGHT, WIDTH], "int32")
        .tile<Tensor3D>([FRAMES, 1, 1]);
      const images = labels.cast("float32").mul(BRIGHT - DARK).add(DARK).expandDims(-1)
        .tile<Tensor4D>([1, 1, 1, 3]);
      const batch = { images, labels };
      const draws_BD = tf.randomUniform(
        [FRAMES, augmentation.draws],
        0,
        1,
        "float32",
        1,
      ) as Tensor2D;
      const changed = augmentation.apply(tf, batch, draws_BD);
      if (!changed) return undefined as never;
      return augment(tf, { ...augmentation, apply: () => changed }, { batch, draws_BD });
    });
  } catch (error) {
    const what = "shapes and dtypes are kept";
    return new SelfCheck(exercise, [{ what, isRight: false, hint: (error as Error).message }]);
  }
  if (!result) return new SelfCheck(exercise);
  const { images, labels } = result;
  const [pixels, classes] = [await images.data(), await labels.data()];
  tf.dispose([images, labels]);
  const valid = Array.from(classes).filter((label) => label !== VOID).length;
  const { together, frames } = agreement(pixels, classes);
  const isChanged = classes.some((label, i) => {
    const before = quarter[i % quarter.length]!;
    return label !== before || Math.abs(pixels[i * 3]! - colorOf(before)) > LEAST_CHANGE;
  });
  const frameTexts = Array.from({ length: FRAMES }, (_, frame) => fingerprint(pixels, frame));
  return new SelfCheck(exercise, [
    { what: "shapes and dtypes are kept", isRight: true },
    { what: "images stay in 0..1", isRight: pixels.every((value) => value >= 0 && value <= 1) },
    {
      what: "labels stay classes, not blended",
      isRight: classes.every((label) => label === 0 || label === 1 || label === VOID) &&
        valid > classes.length / 2,
      hint: "most pixels must keep a class",
    },
    {
      what: "labels follow their images",
      isRight: frames >= FRAMES / 4 && together >= LEAST_AGREEMENT,
      hint: "image and labels need the same flip or crop",
    },
    { what: "frames do change", isRight: isChanged },
    {
      what: "not all frames change alike",
      isRight: new Set(frameTexts).size > 1,
      hint: "use the draws, which differ from frame to frame",
    },
  ]);
}

function colorOf(label: number): number {
  return label === 1 ? BRIGHT : DARK;
}

/** What tells one frame from another. */
function fingerprint(pixels: ArrayLike<number>, frame: number): string {
  const size = HEIGHT * WIDTH * 3;
  return Array.from({ length: size }, (_, i) => pixels[frame * size + i]!.toFixed(3)).join();
}

/** In how many frames both classes are seen, and the share of their pixels that are bright alike. */
function agreement(
  pixels: ArrayLike<number>,
  labels: ArrayLike<number>,
): { together: number; frames: number } {
  let same = 0, count = 0, frames = 0;
  const size = HEIGHT * WIDTH;
  for (let frame = 0; frame < FRAMES; frame++) {
    const at = Array.from({ length: size }, (_, i) => frame * size + i)
      .filter((i) => labels[i] !== VOID);
    const values = at.map((i) => pixels[i * 3]!);
    const middle = (Math.min(...values) + Math.max(...values)) / 2;
    if (new Set(at.map((i) => labels[i])).size < 2) continue; // A crop may have one class only.
    at.forEach((i, n) => same += (values[n]! > middle) === (labels[i] === 1) ? 1 : 0);
    count += at.length;
    frames++;
  }
  return { together: same / count, frames };
}
