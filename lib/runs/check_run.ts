import { checkImages, openDataset } from "../data/mod.ts";
import { checkedConfig, type RunConfig } from "./run_config.ts";

/**
 * Checks a config by itself, and that the model can work at the size of the frames.
 *
 * @param config The run's config.
 * @throws {RangeError} if an entry is missing or wrong, or the U-Net's depth does not divide the size.
 */
export function checkSize(config: RunConfig): void {
  checkedConfig(config, (reason) => new RangeError(`Cannot make such a run: ${reason}`));
  const { model, frames: { size } } = config;
  const divisor = 2 ** model.depth;
  if (model.name === "unet" && (size.width % divisor || size.height % divisor)) {
    throw new RangeError(
      `Cannot train a U-Net of depth ${model.depth} at ${size.width}x${size.height}: ` +
        `expected a width and a height that ${divisor} divides`,
    );
  }
}

/**
 * Checks what can be known before a run begins, so that none is begun in vain.
 *
 * @param config The run's config.
 * @throws {RangeError} if an entry is missing or wrong, the U-Net's depth does not divide the size of
 *   the frames, or a batch is larger than the training set.
 * @throws {Error} if a split of the dataset is absent or half there, or its images were made smaller
 *   to another size.
 */
export async function checkRun(config: RunConfig): Promise<void> {
  checkSize(config);
  const { data, frames, training } = config;
  await checkImages(data.root, frames);
  const dataset = openDataset(data.name, data.root);
  const count = (await dataset.frames("train")).length;
  if (training.batch > count) {
    throw new RangeError(
      `Cannot train with batches of ${training.batch}: the split train has ${count} frames`,
    );
  }
  const validation = await dataset.frames(data.val);
  if (validation.some(({ labels }) => !labels)) {
    throw new Error(`Cannot validate on the split ${data.val} of ${data.name}: it has no labels`);
  }
}
