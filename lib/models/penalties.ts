import type { LayersModel, Scalar } from "@tensorflow/tfjs-node-gpu";
import { leafLayers } from "./leaf_layers.ts";

/**
 * What the regularizers of a model's layers add to its loss; the caller owns the tensors. Layers that
 * are used twice count once, and those of models within it count too: `model.calculateLosses()`
 * counts them by their uses, and none of a model that begins a sequential one.
 */
export function penaltiesOf(model: LayersModel): Scalar[] {
  const layers = new Set(leafLayers(model).map(({ layer }) => layer));
  return [...layers].flatMap((layer) => layer.calculateLosses());
}
