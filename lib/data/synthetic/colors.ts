import type { Rgb } from "../labels.ts";
import type { Random } from "./random.ts";

/** The colour of a hue (0..1, red at both ends), a saturation and a value (each 0..1). */
export function hsv(hue: number, saturation: number, value: number): Rgb {
  const channel = (offset: number) => {
    const sector = (offset + hue * 6) % 6;
    return 255 * value * (1 - saturation * Math.max(0, Math.min(sector, 4 - sector, 1)));
  };
  return [channel(5), channel(3), channel(1)];
}

/** A grey, slightly tinted. */
export function grey(random: Random, darkest = 0.25, brightest = 0.85): Rgb {
  return hsv(random.next(), random.between(0, 0.12), random.between(darkest, brightest));
}

/** What people paint things in: half of them grey, black or white, the others in any colour. */
export function varnish(random: Random): Rgb {
  if (random.chance(0.5)) return grey(random, 0.08, 0.95);
  return hsv(random.next(), random.between(0.25, 0.9), random.between(0.2, 0.9));
}

/**
 * A colour that a kind of thing mostly has, as the buses of a town do; two fifths of them are
 * painted otherwise, so that the colour alone doesn't tell what a thing is.
 */
export function customary(random: Random, hue: number, saturation: number, value: number): Rgb {
  if (random.chance(0.4)) return varnish(random);
  const about = (middle: number) => middle * random.between(0.85, 1.15);
  return hsv(
    (hue + random.between(-0.03, 0.03) + 1) % 1,
    Math.min(1, about(saturation)),
    Math.min(1, about(value)),
  );
}

/** What walls and pavements are made of: concrete, plaster, stone, brick. */
export function masonry(random: Random): Rgb {
  if (random.chance(0.4)) return grey(random, 0.3, 0.85);
  const [warm, value] = [random.between(0.01, 0.14), random.between(0.35, 0.9)];
  return hsv(warm, random.between(0.1, 0.55), value);
}

/** Leaves: mostly green, sometimes yellow, brown or red. */
export function foliage(random: Random): Rgb {
  const hue = random.chance(0.85) ? random.between(0.22, 0.38) : random.between(0.02, 0.22);
  return hsv(hue, random.between(0.35, 0.7), random.between(0.3, 0.55));
}

/** A mixture of two colours, `part` of it the second. */
export function mix(first: Rgb, second: Rgb, part: number): Rgb {
  const channel = (index: 0 | 1 | 2) => first[index] * (1 - part) + second[index] * part;
  return [channel(0), channel(1), channel(2)];
}
