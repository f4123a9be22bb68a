import {
  clearGradient,
  filterToPoints,
  pointsToFilter,
  turnedFilterToPoints,
} from "./winograd_filter.ts";
import { WinogradFrame } from "./winograd_frame.ts";
import { gradientToPoints, imagesToPoints, productsToResult } from "./winograd_images.ts";
import { multiplyByFilter, multiplyByGradient } from "./winograd_products.ts";
import type { VectorIsa } from "./vector_assembler.ts";
import type { WinogradPlan } from "./winograd_plan.ts";

/**
 * Makes the code of a convolution by Winograd's minimal filtering: group by group the images' parts are
 * brought to the points, multiplied there with the filter's values, and brought back. It is called
 * with the images `[B, H, W, C]` (the tensors that their channels are divided among), the filter
 * `[3, 3, C, K]`, what the result is scaled by and what is added `[2, K]` if it is, scratch memory, and
 * the result `[B, H, W, K]`.
 *
 * @param turned Whether the filter is `[3, 3, K, C]`, to be turned by 180 degrees, as for the gradient
 *   with respect to images.
 */
export function convolutionCode(
  plan: WinogradPlan,
  isa: VectorIsa,
  { turned }: { turned: boolean },
): Uint8Array<ArrayBuffer> {
  const frame = new WinogradFrame(plan, isa);
  const bringFilter = () => turned ? turnedFilterToPoints(frame) : filterToPoints(frame);
  const once = plan.blocks === 1;
  if (once) frame.eachBlock(bringFilter);
  frame.eachGroup(() => {
    frame.eachUnit("points", () => imagesToPoints(frame));
    frame.eachBlock(() => {
      if (!once) bringFilter();
      multiplyByFilter(frame);
      frame.eachUnit("products", () => productsToResult(frame));
    });
  });
  return frame.end();
}

/**
 * Makes the code of the gradient of such a convolution with respect to the filter. It is called with
 * the images, the gradient with respect to the result, scratch memory, and the filter's gradient
 * `[3, 3, C, K]`.
 */
export function filterGradientCode(plan: WinogradPlan, isa: VectorIsa): Uint8Array<ArrayBuffer> {
  const frame = new WinogradFrame(plan, isa);
  const adds = !plan.byBlocks;
  if (adds) clearGradient(frame);
  frame.eachGroup(() => {
    frame.eachUnit("points", () => imagesToPoints(frame));
    frame.eachUnit("products", () => gradientToPoints(frame));
    frame.eachBlock(() => {
      multiplyByGradient(frame, { adds });
      if (!adds) pointsToFilter(frame);
    });
  });
  if (adds) frame.eachBlock(() => pointsToFilter(frame));
  return frame.end();
}
