import { escapeXml, ProgressClock, ProgressLine } from "../plot/mod.ts";
import type { OnProgress, WorkOptions } from "../system/mod.ts";
import { kernel } from "./kernel.ts";
import { LiveOutput } from "./live_output.ts";
import { stopSignal } from "./stop_button.ts";

const REDRAW_MS = 200;
const BAR_PX = 240;

/**
 * What a cell gives to long work: a progress bar of its own, which moves in place, and a signal that
 * fires when the stop button is pressed. Outside of a notebook progress goes to the terminal.
 *
 * @example
 * ```ts
 * import { drawScene } from "../data/mod.ts";
 * import { watched } from "./progress_bar.ts";
 *
 * const { onProgress, signal } = watched();
 * for (let done = 1; done <= 2 && !signal!.aborted; done++) {
 *   drawScene(done, { width: 32, height: 16 });
 *   onProgress!({ task: "Drawing", done, total: 2, unit: "frames" });
 * }
 * ```
 */
export function watched(): WorkOptions {
  const onProgress = kernel() ? progressBar() : new ProgressLine().show;
  return { onProgress, signal: stopSignal() };
}

/** A bar in the cell's output; each task that is reported takes the place of the one before. */
function progressBar(): OnProgress {
  const output = new LiveOutput();
  const clock = new ProgressClock();
  let drawn = 0;
  return (progress) => {
    const { done, total } = progress;
    const { text, isNewTask } = clock.read(progress);
    const isDue = performance.now() - drawn > REDRAW_MS;
    if (!isDue && !isNewTask && done !== total) return;
    drawn = performance.now();
    const share = total && Number.isFinite(total) ? ` value="${done}" max="${total}"` : "";
    const bar = `<progress${share} style="width:${BAR_PX}px"></progress>`;
    output.set({
      "text/html": `<div>${bar} ${escapeXml(text)}</div>`,
      "text/plain": text,
    });
  };
}
