import type { layers, LayersModel, SymbolicTensor } from "@tensorflow/tfjs-node-gpu";
import type { TensorFlow } from "../tensorflow/mod.ts";
import { fusedBatchNormalization } from "./fused_batch_normalization.ts";
import { heNormal } from "./he_normal.ts";

/** Options of {@linkcode unet}. */
export interface UNetOptions {
  /**
   * Channels at full resolution; they double with every halving of it.
   *
   * @default {16}
   */
  width?: number;
  /**
   * How often the resolution is halved.
   *
   * @default {4}
   */
  depth?: number;
  /**
   * Seeds the initial weights.
   *
   * @default {0}
   */
  seed?: number;
}

/**
 * A U-Net (Ronneberger et al. 2015, https://arxiv.org/abs/1505.04597) with padded convolutions and
 * batch normalization. Layers are named as the modules of the same network in PyTorch: `d` goes
 * down, `mid` is the bottom, `u` goes up, `c` follows each `u`, `out` gives the logits.
 *
 * @param tf The engine.
 * @param classes How many classes it tells apart.
 * @returns A model from images `[B, H, W, 3]`, float32 in 0..1, to logits `[B, H, W, classes]`,
 *   float32. `H` and `W` must be multiples of `2 ** depth`. The caller disposes it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { engine } from "../tensorflow/mod.ts";
 * import { unet } from "./unet.ts";
 *
 * const model = unet(await engine(), 19);
 * assertEquals(model.countParams(), 1_945_827);
 * ```
 */
export function unet(tf: TensorFlow, classes: number, options: UNetOptions = {}): LayersModel {
  const { width = 16, depth = 4, seed = 0 } = options;
  const build = new Builder(tf, seed);
  const channels = Array.from({ length: depth }, (_, level) => width * 2 ** level);
  const input = tf.input({ shape: [null, null, 3], name: "images" });
  const skips: SymbolicTensor[] = [];
  let x = input;
  channels.forEach((count, level) => {
    x = build.block(x, count, `d.${level}`);
    skips.push(x);
    x = build.halve(x);
  });
  x = build.block(x, width * 2 ** depth, "mid");
  channels.toReversed().forEach((count, level) => {
    x = build.join(skips.pop()!, build.double(x, count, `u.${level}`));
    x = build.block(x, count, `c.${level}`);
  });
  return tf.model({ inputs: input, outputs: build.logits(x, classes, "out"), name: "unet" });
}

/** Adds layers, each with initial weights of its own. */
class Builder {
  readonly #tf: TensorFlow;
  readonly #seed: number;
  #drawn = 0;

  constructor(tf: TensorFlow, seed: number) {
    this.#tf = tf;
    this.#seed = seed;
  }

  /** Twice: convolution 3x3, batch normalization, ReLU. */
  block(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
    for (const index of [0, 3]) {
      x = this.#apply(
        this.#tf.layers.conv2d({
          filters,
          kernelSize: 3,
          padding: "same",
          useBias: false,
          kernelInitializer: this.#initializer(),
          name: `${name}.${index}`,
        }),
        x,
      );
      x = this.#apply(fusedBatchNormalization(this.#tf, `${name}.${index + 1}`), x);
      x = this.#apply(this.#tf.layers.reLU(), x);
    }
    return x;
  }

  halve(x: SymbolicTensor): SymbolicTensor {
    return this.#apply(this.#tf.layers.maxPooling2d({ poolSize: 2 }), x);
  }

  double(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
    const layer = this.#tf.layers.conv2dTranspose({
      filters,
      kernelSize: 2,
      strides: 2,
      padding: "same",
      kernelInitializer: this.#initializer(),
      name,
    });
    return this.#apply(layer, x);
  }

  join(skip: SymbolicTensor, x: SymbolicTensor): SymbolicTensor {
    return this.#tf.layers.concatenate().apply([skip, x]) as SymbolicTensor;
  }

  logits(x: SymbolicTensor, filters: number, name: string): SymbolicTensor {
    const kernelInitializer = this.#initializer();
    return this.#apply(
      this.#tf.layers.conv2d({ filters, kernelSize: 1, kernelInitializer, name }),
      x,
    );
  }

  #apply(layer: layers.Layer, x: SymbolicTensor): SymbolicTensor {
    return layer.apply(x) as SymbolicTensor;
  }

  #initializer() {
    return heNormal(this.#tf, { seed: this.#seed, index: this.#drawn++ });
  }
}
