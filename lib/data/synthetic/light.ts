import type { Rgb } from "../labels.ts";
import { dot, type Vector } from "./camera.ts";
import type { Canvas } from "./canvas.ts";
import { hsv, mix } from "./colors.ts";
import { noise } from "./noise.ts";
import type { Random } from "./random.ts";

/** The weather and the hour. */
export interface Light {
  /** Where the sun is, a direction of length 1. */
  readonly sun: Vector;
  /** The part of the light that comes from everywhere, 0..1; the rest comes from the sun. */
  readonly ambient: number;
  /** The sky's colours above and at the horizon; the haze has the latter. */
  readonly zenith: Rgb;
  readonly horizon: Rgb;
  /** How much of the sky the clouds whiten, 0..1. */
  readonly clouds: number;
  /** The part of what is seen that haze hides, for each metre. */
  readonly haze: number;
  /** What each channel is multiplied with: the light's colour times the camera's gain. */
  readonly gain: Rgb;
  /** Whether lamps and windows are lit. */
  readonly dusk: boolean;
}

/** A day, an overcast day or a dusk. */
export function chooseLight(random: Random): Light {
  const kind = random.pick(["day", "overcast", "dusk"]);
  const azimuth = random.between(0, 2 * Math.PI);
  const elevation = random.between(0.35, 1);
  const warmth = kind === "dusk" ? random.between(-0.12, 0.15) : random.between(-0.06, 0.08);
  const gain = kind === "dusk" ? random.between(0.7, 1) : random.between(0.85, 1.2);
  const skyHue = kind === "dusk" ? random.between(0.5, 1.1) % 1 : random.between(0.53, 0.62);
  const saturation = kind === "overcast" ? random.between(0, 0.08) : random.between(0.1, 0.45);
  const value = random.between(0.6, 1);
  return {
    sun: [
      Math.cos(azimuth) * Math.cos(elevation),
      Math.sin(elevation),
      Math.sin(azimuth) * Math.cos(elevation),
    ],
    ambient: kind === "day" ? random.between(0.4, 0.6) : random.between(0.75, 0.9),
    zenith: hsv(skyHue, saturation, value * random.between(0.75, 1)),
    horizon: hsv(skyHue, saturation * 0.4, value),
    clouds: random.chance(0.6) ? random.between(0.2, 0.9) : 0,
    haze: random.between(0.001, 0.009),
    gain: [gain * (1 + warmth), gain, gain * (1 - warmth)],
    dusk: kind === "dusk",
  };
}

/** How brightly the light falls on a surface with this normal, about 0.5..1.2. */
export function brightness({ sun, ambient }: Light, normal: Vector): number {
  const overhead = 0.85 + 0.15 * normal[1];
  return ambient * overhead + (1 - ambient) * Math.max(0, dot(sun, normal)) * 1.3;
}

/** Paints the sky from the upper edge of the picture to where the ground ends, far away. */
export function drawSky({ image, width, height, camera }: Canvas, light: Light): void {
  const horizonY = camera.vanishingPoint[1];
  for (let y = 0; y < height * (horizonY + 0.03); y++) {
    for (let x = 0; x < width; x++) {
      const color = sky(light, (x + 0.5) / width * 2, 1 - (y + 0.5) / height / horizonY);
      image.set(color, (y * width + x) * 3);
    }
  }
}

/** What the camera makes of a painted canvas: bytes, shape `[height, width, 3]`. */
export function expose(canvas: Canvas, light: Light, random: Random): Uint8Array<ArrayBuffer> {
  const { width, height, image, nearness } = canvas;
  const bytes = new Uint8Array(image.length);
  for (let y = 0; y < height; y++) {
    const row = (y + 0.5) / height;
    for (let x = 0; x < width; x++) {
      const pixel = y * width + x;
      const column = (x + 0.5) / width * 2;
      const near = nearness[pixel]!;
      const hidden = near > 0 ? 1 - Math.exp(-light.haze / near) : 0;
      const vignette = 1.05 - 0.25 * ((column - 1) ** 2 / 2 + (row - 0.5) ** 2);
      const grain = random.between(-3, 3);
      for (let channel = 0; channel < 3; channel++) {
        const index = pixel * 3 + channel;
        const seen = image[index]! * (1 - hidden) + light.horizon[channel]! * hidden;
        bytes[index] = Math.min(255, Math.max(0, seen * light.gain[channel]! * vignette + grain));
      }
    }
  }
  return bytes;
}

/** The sky's colour at a height above the horizon, 0..1. */
function sky({ zenith, horizon, clouds }: Light, x: number, above: number): Rgb {
  const blue = mix(horizon, zenith, Math.max(0, above));
  if (clouds === 0) return blue;
  const spread = 2 / (above + 0.25); // clouds look flatter and smaller towards the horizon
  const cover = noise(x * 2 + 50, spread * 2) * 0.6 + noise(x * 7, spread * 6) * 0.4;
  const white = Math.max(blue[0], blue[1], blue[2]) * (0.85 + 0.2 * cover);
  return mix(blue, [white, white, white], clouds * Math.min(1, Math.max(0, cover * 2.5 - 0.8)));
}
