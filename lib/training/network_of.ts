import type { SafeTensor } from "./safetensors.ts";

/** A network of this library; width and depth are the U-Net's, 1 of Passthrough. */
export interface Network {
  name: "unet" | "passthrough";
  width: number;
  depth: number;
  /** How many classes it tells apart. */
  classes: number;
}

/**
 * The network that the names and shapes of weights tell of.
 *
 * @param weights The weights, in PyTorch's names and layouts, and where they come from, for the error.
 * @throws {Error} if they are of another network.
 */
export function networkOf(
  { path, tensors }: { path: string; tensors: ReadonlyMap<string, Pick<SafeTensor, "shape">> },
): Network {
  const sizeOf = (name: string) => tensors.get(name)?.shape[0];
  const classes = sizeOf("out.weight");
  if (classes === undefined) {
    throw new Error(
      `Cannot use ${path}: it is of another network, which has no out.weight; ` +
        "the network is the model.py that deno task submit --format codalab writes",
    );
  }
  const width = sizeOf("d.0.0.weight");
  if (width === undefined) return { name: "passthrough", width: 1, depth: 1, classes };
  let depth = 1;
  while (tensors.has(`d.${depth}.0.weight`)) depth++;
  // The largest of them: what a file only claims to be would fill the memory when it is built.
  const channels = width * 2 ** depth;
  const bottom = tensors.get("mid.3.weight")?.shape.join(", ");
  const expected = [channels, channels, 3, 3].join(", ");
  if (bottom !== expected) {
    throw new Error(
      `Cannot use ${path}: it is of another model: ` +
        `mid.3.weight ${bottom ? `is [${bottom}]` : "is missing"}, expected [${expected}]`,
    );
  }
  return { name: "unet", width, depth, classes };
}

/** A network in words, such as `a U-Net of width 16 and depth 4 for 19 classes`. */
export function describeNetwork({ name, width, depth, classes }: Network): string {
  const network = name === "unet" ? `a U-Net of width ${width} and depth ${depth}` : "Passthrough";
  return `${network} for ${classes} classes`;
}
