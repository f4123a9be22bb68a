import type { LayersModel } from "@tensorflow/tfjs-node-gpu";

type Layer = LayersModel["layers"][number];

/** The layers that are no models themselves, and their paths, as PyTorch's modules have them. */
export function leafLayers(
  { layers }: LayersModel,
  prefix = "",
): { path: string; layer: Layer }[] {
  return layers.flatMap((layer) => {
    const path = prefix + layer.name;
    return "layers" in layer
      ? leafLayers(layer as unknown as LayersModel, `${path}.`)
      : [{ path, layer }];
  });
}
