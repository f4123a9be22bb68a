import type { OnProgress } from "../system/mod.ts";
import { ProgressClock } from "./progress_clock.ts";

const REDRAW_MS = 100;
/** Without a terminal a line is written this often, and at a task's first report. */
const PLAIN_MS = 10_000;

/**
 * Progress on the standard error: one line that is written over, or plain lines where there is no
 * terminal.
 */
export class ProgressLine {
  readonly #terminal = Deno.stderr.isTerminal();
  readonly #clock = new ProgressClock();
  readonly #announced = new Set<string>();
  #drawn = 0;
  #shown = false;

  /** Shows a report, unless one was shown a moment ago. */
  readonly show: OnProgress = (progress) => {
    const now = performance.now();
    const { text, isNewTask } = this.#clock.read(progress);
    if (isNewTask) this.clear();
    const isNew = !this.#announced.has(progress.task);
    this.#announced.add(progress.task);
    const isDone = progress.done === progress.total;
    const isDue = now - this.#drawn > (this.#terminal ? REDRAW_MS : PLAIN_MS);
    if (!isDue && !isNew && !(this.#terminal && isDone)) return;
    this.#drawn = now;
    if (this.#terminal) {
      write(`\r\x1b[K${text.slice(0, Deno.consoleSize().columns - 1)}`);
      this.#shown = true;
    } else {
      write(`${text}\n`);
    }
  };

  /** Removes the line, so that something else can be printed. */
  clear(): void {
    if (this.#shown) write("\r\x1b[K");
    this.#shown = false;
  }
}

const encoder = new TextEncoder();

function write(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}
