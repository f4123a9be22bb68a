// Progress in a terminal: one line that is written over, or plain lines where there is no terminal.

import type { OnProgress, Progress } from "../lib/mod.ts";

const REDRAW_MS = 100;
/** Without a terminal a line is written when this much more of a task is done. */
const PLAIN_SHARE = 0.25;

/** Shows progress on the standard error until it is told to stop. */
export class ProgressLine {
  readonly #terminal = Deno.stderr.isTerminal();
  #task = "";
  #started = 0;
  /** What was done when the task was first, or again, heard of. */
  #from = 0;
  #drawn = 0;
  #share = 0;
  #shown = false;

  /** Shows a report, unless one was shown a moment ago. */
  readonly show: OnProgress = (progress) => {
    const now = performance.now();
    if (progress.task !== this.#task) {
      this.clear();
      [this.#task, this.#started, this.#drawn, this.#share] = [progress.task, now, 0, 0];
      this.#from = progress.done;
    }
    const share = progress.total ? progress.done / progress.total : 0;
    const text = this.#text(progress, now);
    if (this.#terminal && (now - this.#drawn > REDRAW_MS || share === 1)) {
      write(`\r\x1b[K${text.slice(0, Deno.consoleSize().columns - 1)}`);
      this.#drawn = now;
      this.#shown = true;
    } else if (!this.#terminal && share >= this.#share + PLAIN_SHARE) {
      write(`${text}\n`);
      this.#share = share;
    }
  };

  /** Removes the line, so that something else can be printed. */
  clear(): void {
    if (this.#shown) write("\r\x1b[K");
    this.#shown = false;
  }

  #text({ task, done, total, unit, figures = {} }: Progress, now: number): string {
    const parts = [task];
    if (total) parts.push(`${Math.floor(100 * done / total)} %`);
    const scale = unit === "bytes" ? 1e6 : 1;
    const name = unit === "bytes" ? "MB" : unit;
    const amount = (value: number) => Math.round(value / scale);
    parts.push(`${amount(done)}${total ? `/${amount(total)}` : ""} ${name}`);
    for (const [key, value] of Object.entries(figures)) {
      parts.push(`${key} ${value.toPrecision(3)}`);
    }
    const seconds = (now - this.#started) / 1000;
    if (total && done > this.#from && done < total && seconds > 1) {
      parts.push(`${duration(seconds * (total - done) / (done - this.#from))} left`);
    }
    return parts.join("  ");
  }
}

/** Seconds as people write them, such as `1 h 05 min` or `42 s`. */
export function duration(seconds: number): string {
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${String(whole % 60).padStart(2, "0")} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

const encoder = new TextEncoder();

function write(text: string): void {
  Deno.stderr.writeSync(encoder.encode(text));
}
