import { PreparedFrames, Sample } from "../data/mod.ts";
import { TrainingHistory } from "../runs/mod.ts";
import { type TensorFlow, whenStarted } from "../tensorflow/mod.ts";
import { framesBundle, sampleBundle } from "./data_bundles.ts";
import { DISPLAY, kernel, type MimeBundle } from "./kernel.ts";
import { figureBundle } from "./plot.ts";
import { listenForStop } from "./stop_button.ts";
import { modelBundle, tensorBundle } from "./tensor_bundle.ts";

/** Shows errors with all of their stack. */
const TRACE = "DENOSCAPES_TRACE";

/**
 * Makes this process a good notebook kernel, if it is one: the stop button works, errors are short,
 * and tensors, models, samples, sets and histories show themselves. The library does it as it is
 * imported; elsewhere nothing happens.
 */
export function useNotebook(): void {
  if (!kernel()) return;
  listenForStop();
  if (!Deno.env.get(TRACE)) shortenErrors();
  showAs(Sample, sampleBundle);
  showAs(PreparedFrames, framesBundle);
  showAs(TrainingHistory, (history) => figureBundle(history.figure()));
  whenStarted((tf: TensorFlow) => {
    showAs(tf.Tensor, tensorBundle);
    showAs(tf.LayersModel, modelBundle);
  });
}

/** Says how the objects of a class are shown when a cell ends in one. */
function showAs<T>(
  // deno-lint-ignore no-explicit-any -- a class is known by its instances here
  { prototype }: abstract new (...args: any[]) => T,
  bundle: (value: T) => MimeBundle | Promise<MimeBundle>,
): void {
  const value = function (this: T) {
    return bundle(this);
  };
  Object.defineProperty(prototype, DISPLAY, { value, configurable: true });
}

/** Leaves the lines of the notebook's own cells in an error's stack, which is what a cell shows. */
function shortenErrors(): void {
  Object.assign(Error, {
    prepareStackTrace(error: Error, frames: { getFileName(): string | null }[]) {
      const own = frames.filter((frame) => /^(<.*)?$/.test(frame.getFileName() ?? ""));
      return [`${error.name}: ${error.message}`, ...own.map((frame) => `    at ${frame}`)].join(
        "\n",
      );
    },
  });
}

useNotebook();
