/** How far a long piece of work has come. */
export interface Progress {
  /** What is being done, such as `"Fetching tensorflow-cpu"`. */
  task: string;
  /** How much is done, in `unit`s. */
  done: number;
  /** How much there is to do, in `unit`s; absent while it is not known. */
  total?: number;
  /** What `done` and `total` count, such as `"bytes"` or `"images"`. */
  unit: string;
  /** Further figures to show beside it, such as `{ loss: 0.41 }`. */
  figures?: Record<string, number>;
}

/** Hears of progress; it is called often and should return quickly. */
export type OnProgress = (progress: Progress) => void;

/** What everything that takes long may be given; handed on as it is to the parts of the work. */
export interface WorkOptions {
  /** Hears of progress. */
  onProgress?: OnProgress | undefined;
  /** Breaks the work off; the promise is then rejected with its reason. */
  signal?: AbortSignal | undefined;
}
