// Progress in a terminal: one line that is written over, or plain lines where there is no terminal.

import type { OnProgress, Progress } from "../lib/mod.ts";

const REDRAW_MS = 100;
/** Without a terminal a line is written this often, and at a task's first report. */
const PLAIN_MS = 10_000;

/** Shows progress on the standard error until it is told to stop. */
export class ProgressLine {
  readonly #terminal = Deno.stderr.isTerminal();
  #task = "";
  #started = 0;
  /** What was done when the task was first, or again, heard of. */
  #from = 0;
  #drawn = 0;
  readonly #announced = new Set<string>();
  #shown = false;

  /** Shows a report, unless one was shown a moment ago. */
  readonly show: OnProgress = (progress) => {
    const now = performance.now();
    if (progress.task !== this.#task) {
      this.clear();
      [this.#task, this.#started, this.#from] = [progress.task, now, progress.done];
    }
    const isNew = !this.#announced.has(progress.task);
    this.#announced.add(progress.task);
    const isDone = progress.done === progress.total;
    const text = this.#text(progress, now);
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
