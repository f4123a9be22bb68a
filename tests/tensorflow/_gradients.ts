import { assertEquals, assertLess } from "@std/assert";
import type { LayersModel, Scalar, Tensor4D } from "@tensorflow/tfjs-node-gpu";
import { compile, parametersOf, type TensorFlow } from "../../lib/mod.ts";

/** Options of {@linkcode assertCompiledGradients}. */
interface GradientsOptions {
  /** The images', `[B, H, W, C]`. */
  shape: [number, number, number, number];
  /** What counts as the largest gradient at least. */
  floor?: number;
  /** Whether XLA compiles them. */
  xla?: boolean;
}

/**
 * Asserts that a model's gradients, for images of noise, are compiled what they are op by op, to 1e-4
 * of the largest. Disposes the model.
 */
export function assertCompiledGradients(
  tf: TensorFlow,
  model: LayersModel,
  { shape, floor = 0, xla = false }: GradientsOptions,
): void {
  const variables = parametersOf(model).filter(({ trainable }) => trainable)
    .map(({ variable }) => variable);
  const gradients = (images: Tensor4D) => {
    const loss = () => (model.apply(images, { training: true }) as Tensor4D).square().mean();
    return tf.variableGrads(loss as () => Scalar, variables).grads;
  };
  const compiled = compile(tf, gradients, { createsVariables: false, xla });
  tf.tidy(() => {
    const images = tf.randomUniform(shape, 0, 1, "float32", 1) as Tensor4D;
    const expected = gradients(images), actual = compiled(images);
    assertEquals(Object.keys(actual).length, variables.length);
    for (const [name, gradient] of Object.entries(expected)) {
      const values = gradient.dataSync(), others = actual[name]!.dataSync();
      const largest = Math.max(...values.map(Math.abs), floor);
      values.forEach((value, i) => assertLess(Math.abs(value - others[i]!), 1e-4 * largest));
    }
  });
  compiled.dispose();
  model.dispose();
}
