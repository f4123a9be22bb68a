import util from "node:util";
import { answerRequires } from "./answer_requires.ts";
import type { Binding } from "./binding.ts";
import { useUncheckedGather } from "./gather.ts";
import { useReluGradient } from "./relu_gradient.ts";
import { noteSteps } from "./traced_optimizers.ts";

/** The API of the package `@tensorflow/tfjs-node-gpu`. */
export type TensorFlow = typeof import("@tensorflow/tfjs-node-gpu");

/**
 * Loads the unmodified package `@tensorflow/tfjs-node-gpu` on a binding of ours. The package asks
 * `@mapbox/node-pre-gyp` where its native addon is and requires that path; while it loads, both
 * requests are answered here.
 *
 * @param binding What the package shall take for its addon.
 */
export async function loadPackage(binding: Binding): Promise<TensorFlow> {
  polyfillNodeUtil();
  using _ = answerRequires(addonAnswers(binding));
  const loaded = await import("@tensorflow/tfjs-node-gpu");
  const tf = (loaded as unknown as { default: TensorFlow }).default;
  useReluGradient(tf);
  noteSteps(tf, binding);
  useUncheckedGather(tf, binding);
  return tf;
}

/** What the package requires to come by its addon, and what it shall get. */
export function addonAnswers(binding: unknown): Record<string, unknown> {
  // The package checks that the addon's file exists: this one does, and nothing else requires it.
  const addon = Deno.execPath();
  return { [addon]: binding, "@mapbox/node-pre-gyp": { find: () => addon } };
}

/** The package still calls two functions that Node.js has since removed from `node:util`. */
function polyfillNodeUtil(): void {
  const old = util as { isArray?: unknown; isNullOrUndefined?: unknown };
  old.isArray ??= Array.isArray;
  old.isNullOrUndefined ??= (value: unknown) => value === null || value === undefined;
}
