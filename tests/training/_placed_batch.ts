import { augment, type Augmentation, type Batch, type TensorFlow } from "../../lib/mod.ts";

/** The size of a {@linkcode placedBatch}. */
export const HEIGHT = 10, WIDTH = 20;

/**
 * A batch whose pixels say where they are: red is x / WIDTH, green is y / HEIGHT, and the label is
 * y * WIDTH + x. The caller disposes it.
 */
export function placedBatch(tf: TensorFlow, count: number): Batch {
  const places = Array.from({ length: count * HEIGHT * WIDTH }, (_, i) => i % (HEIGHT * WIDTH));
  const colors = places.flatMap((place) => [
    place % WIDTH / WIDTH,
    Math.floor(place / WIDTH) / HEIGHT,
    0.5,
  ]);
  return {
    images: tf.tensor4d(colors, [count, HEIGHT, WIDTH, 3]),
    labels: tf.tensor3d(places, [count, HEIGHT, WIDTH], "int32"),
  };
}

/** A pixel of an augmented {@linkcode placedBatch}. */
export interface Pixel {
  frame: number;
  x: number;
  y: number;
  /** Where its colour comes from. */
  from: { x: number; y: number };
  /** Where its label comes from. */
  labelFrom: { x: number; y: number };
}

/** The pixels of a {@linkcode placedBatch} that was augmented with these draws, one row a frame. */
export function placesAfter(
  tf: TensorFlow,
  augmentation: Augmentation,
  draws: number[][],
): Pixel[] {
  const batch = placedBatch(tf, draws.length);
  const draws_BD = tf.tensor2d(draws, [draws.length, augmentation.draws]);
  const changed = augment(tf, augmentation, { batch, draws_BD });
  const [colors, labels] = [changed.images.dataSync(), changed.labels.dataSync()];
  tf.dispose([batch, draws_BD, changed]);
  return Array.from(labels, (label, i) => ({
    frame: Math.floor(i / (HEIGHT * WIDTH)),
    x: i % WIDTH,
    y: Math.floor(i / WIDTH) % HEIGHT,
    from: { x: colors[3 * i]! * WIDTH, y: colors[3 * i + 1]! * HEIGHT },
    labelFrom: { x: label % WIDTH, y: Math.floor(label / WIDTH) },
  }));
}
