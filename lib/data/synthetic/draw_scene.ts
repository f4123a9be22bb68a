import { Canvas } from "./canvas.ts";
import { drawEgoVehicle } from "./ego_vehicle.ts";
import { drawFurniture } from "./furniture.ts";
import { drawGround } from "./ground.ts";
import { brightness, chooseLight, drawSky, expose } from "./light.ts";
import { Random } from "./random.ts";
import { drawRoadsides } from "./roadsides.ts";
import { Stage } from "./stage.ts";
import { planStreet } from "./street.ts";
import { drawTraffic } from "./traffic.ts";

/** What {@linkcode drawScene} may be told. */
export interface DrawSceneOptions {
  /** In pixels. @default {512} */
  width?: number;
  /** In pixels; the scene is stretched where it isn't half the width. @default {256} */
  height?: number;
}

/** A picture of a street and what is where in it. */
export interface Scene {
  /** Red, green and blue, each 0..255; shape `[height, width, 3]`. */
  readonly image: Uint8Array<ArrayBuffer>;
  /** Official Cityscapes label ids, 0..33; shape `[height, width]`. */
  readonly labelIds: Uint8Array<ArrayBuffer>;
  /** In pixels. */
  readonly width: number;
  /** In pixels. */
  readonly height: number;
}

/**
 * Draws a street scene in which all 19 evaluated classes of Cityscapes may occur. Their colours
 * overlap, so that a class is told by its shape, its texture and its place.
 *
 * @param seed An integer; its low 32 bits settle the scene, whatever its size.
 * @returns The picture and its labels, one for each pixel.
 * @throws {RangeError} if the size is not of whole pixels.
 *
 * @example
 * ```ts
 * import { drawScene } from "./draw_scene.ts";
 *
 * const { image, labelIds } = drawScene(1, { width: 128, height: 64 });
 * console.log(image.length, labelIds.length); // 24576 8192
 * ```
 */
export function drawScene(seed: number, options: DrawSceneOptions = {}): Scene {
  const { width = 512, height = 256 } = options;
  if (![width, height].every((size) => Number.isInteger(size) && size > 0)) {
    throw new RangeError(
      `Cannot draw a scene: expected a width and height of whole pixels, got ${width} x ${height}`,
    );
  }
  const random = new Random(seed);
  const light = chooseLight(random);
  const street = planStreet(random);
  const canvas = new Canvas(width, height, street.camera, (normal) => brightness(light, normal));
  const stage = new Stage(canvas, random, street, light);
  drawSky(canvas, light);
  drawGround(stage);
  drawRoadsides(stage);
  drawFurniture(stage);
  drawTraffic(stage);
  drawEgoVehicle(stage);
  return { image: expose(canvas, light, random), labelIds: canvas.labelIds, width, height };
}
