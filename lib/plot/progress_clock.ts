import type { Progress } from "../system/mod.ts";

/** What there is to say of a report of progress. */
export interface ProgressReading {
  /** Such as `"Training  40 %  120/300 steps  loss 0.512  42 s left"`. */
  text: string;
  /** Whether the report before was of another task. */
  isNewTask: boolean;
}

/** Puts reports of progress into words, with the time that is left. */
export class ProgressClock {
  #task = "";
  #started = 0;
  /** What was done when the task was first, or again, heard of. */
  #from = 0;

  /** Reads a report. */
  read({ task, done, total, unit, figures = {} }: Progress): ProgressReading {
    const now = performance.now();
    const isNewTask = task !== this.#task;
    if (isNewTask) [this.#task, this.#started, this.#from] = [task, now, done];
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
    return { text: parts.join("  "), isNewTask };
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
