import type { Progress } from "../system/mod.ts";
import { RecentRate } from "./recent_rate.ts";

/** What there is to say of a report of progress. */
export interface ProgressReading {
  /** Such as `"Training  40 %  120/300 steps  loss 0.512  42 s left"`. */
  text: string;
  /** Whether the report before was of another task. */
  isNewTask: boolean;
}

const MEGABYTE = 1e6;

/** Puts reports of progress into words, with the time that is left; for bytes also their rate. */
export class ProgressClock {
  #task = "";
  #started = 0;
  /** What was done when the task was first, or again, heard of. */
  #from = 0;
  #rate = new RecentRate();

  /**
   * Reads a report.
   *
   * @param now When it came, in ms; now by default.
   */
  read(progress: Progress, now: number = performance.now()): ProgressReading {
    const { task, done, total, unit, figures = {} } = progress;
    const isNewTask = task !== this.#task;
    if (isNewTask) {
      [this.#task, this.#started, this.#from] = [task, now, done];
      this.#rate = new RecentRate();
    }
    const parts = [task];
    if (total) parts.push(`${Math.floor(100 * done / total)} %`);
    const isBytes = unit === "bytes";
    const amount = (value: number) => Math.round(value / (isBytes ? MEGABYTE : 1));
    parts.push(`${amount(done)}${total ? `/${amount(total)}` : ""} ${isBytes ? "MB" : unit}`);
    for (const [key, value] of Object.entries(figures)) {
      parts.push(`${key} ${value.toPrecision(3)}`);
    }
    const rate = isBytes ? this.#rate.read(done, now) : undefined;
    if (rate !== undefined) parts.push(`${(rate / MEGABYTE).toFixed(1)} MB/s`);
    const left = this.#secondsLeft(progress, now, rate);
    if (left !== undefined) parts.push(`${duration(left)} left`);
    return { text: parts.join("  "), isNewTask };
  }

  /** By the recent rate where there is one, else by what was done since the task began. */
  #secondsLeft({ done, total }: Progress, now: number, rate?: number): number | undefined {
    const seconds = (now - this.#started) / 1000;
    if (!total || done <= this.#from || done >= total || seconds <= 1) return undefined;
    const pace = rate ?? (done - this.#from) / seconds;
    return pace > 0 ? (total - done) / pace : undefined;
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
