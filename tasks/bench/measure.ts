import { stripVTControlCharacters } from "node:util";
import { type Bench, type Contender, PEER, type Precision, type Work } from "./contenders.ts";

/** Mean scores by their names; `null` where nothing was scored. */
type Scores = Record<string, number | null>;

/** What one process of a contender came to. */
interface Sample {
  /** Milliseconds of each repetition. */
  ms: number[];
  /** Milliseconds from the start of the process to the end of the first repetition. */
  firstMs?: number;
  /** Milliseconds that the loading of some batches took. */
  loadingMs?: number[];
  scores?: Scores;
  peakMb: number;
}

/** What a contender came to over all its processes. */
export interface Result {
  work: string;
  contender: string;
  ours: boolean;
  /** Whether ratios are of it, if it is ours, or else to it. */
  compared: boolean;
  precision?: Precision;
  /** Why there are no figures, if there are none. */
  missing?: string;
  /** Images a second. */
  imagesPerSecond?: Rates;
  /** Seconds from the start of the process to the end of the first repetition: the median. */
  secondsToFirst?: number;
  /** The time that the loading of a batch takes of that of a repetition, 0 and up: the median. */
  loaderShare?: number;
  /** The highest resident memory of a process in MB: the median. */
  peakMb?: number;
  /** The scores that the last process came to. */
  scores?: Scores;
}

/** Images a second of several processes. */
export interface Rates {
  /** The median of the processes' medians. */
  median: number;
  /** The quartiles over all repetitions of all processes. */
  quartiles: [low: number, high: number];
  /** The median of each process. */
  processes: number[];
}

/** Without it a ratio to the best so far would look like one to the best of all. */
const NOT_YET = "not measured yet";

/**
 * Measures some work: one process of each contender after the other, and all of that again, so that
 * a slow minute of the machine is everybody's.
 *
 * @param options.onProcess Hears of a process before it starts.
 * @param options.onResults Gets what there is after each process.
 * @returns What each came to.
 */
export async function measure(
  bench: Pick<Bench, "python" | "scratch">,
  work: Work,
  { repeats, signal, onProcess, onResults }: {
    repeats: number;
    signal: AbortSignal;
    onProcess: (contender: string) => void;
    onResults: (results: Result[]) => Promise<void>;
  },
): Promise<Result[]> {
  const samples = new Map<Contender, Sample[]>();
  const failed = new Map<Contender, string>();
  for (let repeat = 0; repeat < repeats; repeat++) {
    for (const contender of work.contenders) {
      signal.throwIfAborted();
      if (contender.missing || failed.has(contender)) continue;
      onProcess(contender.name);
      const sample = await runOnce(bench, contender, signal);
      // What was ended did not fail.
      signal.throwIfAborted();
      if (typeof sample === "string") failed.set(contender, sample);
      else samples.set(contender, [...samples.get(contender) ?? [], sample]);
      await onResults(resultsOf(work, { samples, failed }));
    }
  }
  return resultsOf(work, { samples, failed });
}

/** What each contender came to so far. */
function resultsOf(
  work: Work,
  { samples, failed }: { samples: Map<Contender, Sample[]>; failed: Map<Contender, string> },
): Result[] {
  return work.contenders.map((contender) => {
    const { name, ours, compared, precision } = contender;
    const base = {
      work: work.name,
      contender: name,
      ours,
      compared,
      ...precision && { precision },
    };
    const measured = samples.get(contender);
    const missing = contender.missing ?? failed.get(contender) ?? (measured ? undefined : NOT_YET);
    return missing ? { ...base, missing } : { ...base, ...summary(work, measured!) };
  });
}

function summary({ images }: Work, samples: Sample[]): Partial<Result> {
  const rates = samples.map(({ ms }) => ms.map((ms) => images / ms * 1000));
  const processes = rates.map((some) => quantile(some, 1 / 2));
  const first = samples.flatMap(({ firstMs }) => firstMs === undefined ? [] : [firstMs / 1000]);
  const shares = samples.flatMap(({ ms, loadingMs }) =>
    loadingMs ? [quantile(loadingMs, 1 / 2) / quantile(ms, 1 / 2)] : []
  );
  const scores = samples.at(-1)!.scores;
  return {
    imagesPerSecond: {
      median: quantile(processes, 1 / 2),
      quartiles: [quantile(rates.flat(), 1 / 4), quantile(rates.flat(), 3 / 4)],
      processes,
    },
    ...(first.length > 0 && { secondsToFirst: quantile(first, 1 / 2) }),
    ...(shares.length > 0 && { loaderShare: quantile(shares, 1 / 2) }),
    peakMb: quantile(samples.map(({ peakMb }) => peakMb), 1 / 2),
    ...scores && { scores },
  };
}

/** A quantile with linear interpolation between the values next to it. */
export function quantile(values: number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const low = sorted[Math.floor(place)]!, high = sorted[Math.ceil(place)]!;
  return low + (high - low) * (place - Math.floor(place));
}

/** How the line begins that says why Deno, the bench's own wrapper or Python failed. */
const REASON = /^(error|ended by|[\w.]*(Error|Exception)|\w+(\.\w+)+:)/;

/** Why a program says it failed: programs give hints after it, and warnings before. */
function reasonOf(errors: string): string | undefined {
  const lines = stripVTControlCharacters(errors).split("\n").map((line) => line.trim())
    .filter((line) => line);
  return lines.findLast((line) => REASON.test(line)) ?? lines.at(-1);
}

/** Runs one process; gives the reason if it fails. */
async function runOnce(
  { python, scratch }: Pick<Bench, "python" | "scratch">,
  { command }: Contender,
  signal: AbortSignal,
): Promise<Sample | string> {
  const started = performance.now();
  const child = new Deno.Command(python, {
    args: [PEER, "peak", ...command],
    // What it leaves there goes with the folder, however it ends.
    env: { TMPDIR: scratch },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    signal,
  }).spawn();
  const errors = new Response(child.stderr).text();
  let firstMs: number | undefined, output = "";
  for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) {
    output += text;
    if (/^first$/m.test(output)) firstMs ??= performance.now() - started;
  }
  const { code } = await child.status;
  if (code !== 0) return reasonOf(await errors) ?? `exit code ${code}`;
  const lines = output.split("\n").filter((line) => line.startsWith("{"));
  try {
    const printed: Partial<Sample> = Object.assign({}, ...lines.map((line) => JSON.parse(line)));
    if (!printed.ms?.length || printed.peakMb === undefined) return "it printed no times";
    return { ...printed as Sample, ...firstMs !== undefined && { firstMs } };
  } catch (error) {
    return `what it printed cannot be read: ${(error as Error).message}`;
  }
}
