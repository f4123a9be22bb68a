import sharp, { type Sharp } from "sharp";
import { Random, requireOneOf } from "../system/mod.ts";
import type { RgbImage } from "./decode_image.ts";
import { plasmaFractal } from "./plasma_fractal.ts";

/** What can spoil an image: {@linkcode corrupt}. */
export const CORRUPTIONS = ["noise", "blur", "darkness", "fog", "contrast", "jpeg"] as const;

/** The name of a corruption. */
export type Corruption = typeof CORRUPTIONS[number];

/** How strong a corruption is, from hardly visible to hardly recognisable. */
export const SEVERITIES = [1, 2, 3, 4, 5] as const;

/** Options of {@linkcode corrupt}. */
export interface CorruptOptions {
  kind: Corruption;
  /** 1, 2, 3, 4 or 5. */
  severity: number;
  /**
   * Decides the noise and the shape of the fog; give each image another one.
   *
   * @default {0}
   */
  seed?: number;
}

/** The pixels of an image that is spoilt with the severity `level` + 1. */
type Corrupting = (
  image: RgbImage,
  level: number,
  seed: number,
) => Uint8Array | Promise<Uint8Array>;

// Source: https://github.com/hendrycks/robustness, ImageNet-C/create_c/make_imagenet_c.py.
/** The standard deviation, as a share of 255. */
const NOISE = [0.08, 0.12, 0.18, 0.26, 0.38];
/** The standard deviation in pixels. */
const BLUR = [1, 2, 3, 4, 6];
/** How dense the fog is, and how smooth. */
const FOG = [[1.5, 2], [2, 2], [2.5, 1.7], [2.5, 1.5], [3, 1.4]] as const;
/** How much of the contrast remains. */
const CONTRAST = [0.4, 0.3, 0.2, 0.1, 0.05];
/** The quality of the JPEG. */
const JPEG = [25, 18, 15, 10, 7];

const CORRUPTING: Record<Corruption, Corrupting> = { noise, blur, darkness, fog, contrast, jpeg };

/**
 * Spoils an image to see how robust a model is, with the kinds and constants of ImageNet-C
 * (Hendrycks and Dietterich 2019, https://arxiv.org/abs/1903.12261), whose images have 224x224
 * pixels: spoil an image at the size at which the model sees it.
 *
 * - `noise`: Gaussian, of each value.
 * - `blur`: Gaussian.
 * - `darkness`: each severity halves the light, as one stop less of exposure. This one is ours.
 * - `fog`: a bright cloud before the scene; from 3 to 4 it gets rougher, not denser.
 * - `contrast`: less of it, around the mean of each channel.
 * - `jpeg`: compressed strongly.
 *
 * @param image The image, which stays as it is.
 * @returns A new image of the same size.
 * @throws {RangeError} if there is no such kind or severity.
 *
 * @example
 * ```ts
 * import { assert, assertEquals } from "@std/assert";
 * import { corrupt } from "./corruptions.ts";
 *
 * const image = { pixels: new Uint8Array(2 * 2 * 3).fill(200), width: 2, height: 2 };
 * const dark = await corrupt(image, { kind: "darkness", severity: 2 });
 * assertEquals(dark.pixels.length, 12);
 * assert(dark.pixels[0]! < 200);
 * ```
 */
export async function corrupt(
  image: RgbImage,
  { kind, severity, seed = 0 }: CorruptOptions,
): Promise<RgbImage> {
  requireOneOf("corrupt an image", "a kind", { allowed: CORRUPTIONS, given: kind });
  requireOneOf("corrupt an image", "a severity", { allowed: SEVERITIES, given: severity });
  return { ...image, pixels: await CORRUPTING[kind](image, severity - 1, seed) };
}

function noise({ pixels }: RgbImage, level: number, seed: number): Uint8Array {
  const random = new Random(seed), scale = 255 * NOISE[level]!;
  return mapValues(pixels, (value) => value + scale * normal(random));
}

async function blur(image: RgbImage, level: number): Promise<Uint8Array> {
  // Without more than the default precision sharp cuts the kernel off early.
  const options = { sigma: BLUR[level]!, precision: "float", minAmplitude: 0.001 } as const;
  const data = await toSharp(image).blur(options).raw({ depth: "float" }).toBuffer();
  const blurred = new Float32Array(data.buffer, data.byteOffset, image.pixels.length);
  return mapValues(image.pixels, (_, i) => blurred[i]!);
}

function darkness({ pixels }: RgbImage, level: number): Uint8Array {
  const dark = Float64Array.from({ length: 256 }, (_, value) => {
    const light = value <= 10 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4;
    const left = light / 2 ** (level + 1);
    return 255 * (left <= 0.0031308 ? 12.92 * left : 1.055 * left ** (1 / 2.4) - 0.055);
  });
  return mapValues(pixels, (value) => dark[value]!);
}

function fog({ pixels, width, height }: RgbImage, level: number, seed: number): Uint8Array {
  const [density, decay] = FOG[level]!;
  const size = 2 ** Math.max(1, Math.ceil(Math.log2(Math.max(width, height))));
  const cloud = plasmaFractal(size, decay, new Random(seed));
  const brightest = pixels.reduce((a, b) => Math.max(a, b), 0) / 255;
  const gain = brightest / (brightest + density);
  return mapValues(pixels, (value, i) => {
    const pixel = Math.floor(i / 3), x = pixel % width, y = Math.floor(pixel / width);
    return gain * (value + 255 * density * cloud[y * size + x]!);
  });
}

function contrast({ pixels }: RgbImage, level: number): Uint8Array {
  const means = [0, 0, 0], share = CONTRAST[level]!;
  pixels.forEach((value, i) => means[i % 3]! += value / (pixels.length / 3));
  return mapValues(pixels, (value, i) => share * value + (1 - share) * means[i % 3]!);
}

async function jpeg(image: RgbImage, level: number): Promise<Uint8Array> {
  const file = await toSharp(image).jpeg({ quality: JPEG[level]! }).toBuffer();
  return new Uint8Array(await sharp(file).raw().toBuffer());
}

function toSharp({ pixels, width, height }: RgbImage): Sharp {
  return sharp(pixels, { raw: { width, height, channels: 3 } });
}

/** New values, rounded and cut off at 0 and 255. */
function mapValues(pixels: Uint8Array, change: (value: number, i: number) => number): Uint8Array {
  const changed = new Uint8ClampedArray(pixels.length);
  pixels.forEach((value, i) => changed[i] = change(value, i));
  return new Uint8Array(changed.buffer);
}

/** A number of the standard normal distribution (Box and Muller). */
function normal(random: Random): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
  return radius * Math.cos(2 * Math.PI * random.uniform());
}
