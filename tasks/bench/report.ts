import type { Figure } from "../../lib/mod.ts";
import type { Rates, Result } from "./measure.ts";

/** What the results were measured on. */
export interface Machine {
  processor: string;
  cores: number;
  memoryGb: number;
  system: string;
  /** The GPU that training and inference run on, if they do. */
  gpu?: string;
  versions: Record<string, string>;
}

/** When and how it was measured. */
export interface Measuring {
  /** When it began, in ISO 8601. */
  date: string;
  /** The arguments of the command. */
  arguments: string[];
  /** Processes of each contender. */
  repeats: number;
  /** Seconds of repetitions in each process. */
  seconds: number;
}

/** All that a bench came to. */
export interface Report {
  machine: Machine;
  measuring: Measuring;
  results: Result[];
}

/** What the columns of the tables are. */
const LEGEND = [
  "images/s: the median of the processes' medians, and the quartiles of all repetitions",
  "processes: how many there were, and the lowest and the highest median of one",
  "to the best peer: how many times as many images/s as the fastest of those whose names begin " +
  "neither with denoscapes nor with tfjs, in the same precision; none where one of them is missing",
  "s to the first: from the start of the process to the end of the first repetition",
  "loader: the share of a step's time that loading a batch takes, most of it while a step runs",
  "peak MB: resident memory, of the largest process",
];

function describe({ machine, measuring }: Report): string[] {
  const { gpu, processor, cores, memoryGb, system, versions } = machine;
  const { date, repeats, seconds } = measuring;
  const devices = `${gpu ? `${gpu}; ` : ""}${processor}, ${cores} cores, ${memoryGb} GB`;
  const named = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${devices}; ${system}`,
    named.join(", "),
    `${date}; processes of each: ${repeats}, seconds of repetitions in each: ${seconds}`,
  ];
}

/** The results as tables in Markdown, one for each work. */
export function markdown(report: Report): string {
  const tables = [...Map.groupBy(report.results, ({ work }) => work)].map(([work, rows]) => {
    const columns = ["images/s", "processes", "to the best peer", "s to the first"];
    const hasLoader = rows.some(({ loaderShare }) => loaderShare !== undefined);
    if (hasLoader) columns.push("loader");
    columns.push("peak MB");
    return [
      `### ${work[0]!.toUpperCase()}${work.slice(1)}`,
      "",
      `| | ${columns.join(" | ")} |`,
      `| ${"--- | ".repeat(columns.length)}--- |`,
      ...rows.map((row) => line(row, rows, hasLoader)),
      "",
      ...scoreLines(rows),
    ].join("\n");
  });
  const items = (texts: string[]) => texts.map((text) => `- ${text}`).join("\n");
  const command = `\`${["deno task bench", ...report.measuring.arguments].join(" ")}\``;
  return [items([...describe(report), command]), "", ...tables, items(LEGEND), ""].join("\n");
}

function line(row: Result, rows: Result[], hasLoader: boolean): string {
  const { contender, missing, imagesPerSecond, secondsToFirst, loaderShare, peakMb } = row;
  if (missing) {
    const reason = missing.replaceAll("|", "\\|");
    return `| ${contender} | missing: ${reason} | | | |${hasLoader ? " |" : ""} |`;
  }
  const { median, quartiles: [low, high], processes } = imagesPerSecond!;
  const ratio = ratioToBest(row, rows);
  const cells = [
    contender,
    `${rounded(median)} (${rounded(low)}–${rounded(high)})`,
    processes.length === 1 ? "1" : `${processes.length}: ${range(processes)}`,
    ratio ? `${ratio.toFixed(2)}x` : "",
    secondsToFirst?.toFixed(1) ?? "",
    ...hasLoader ? [loaderShare ? `${(loaderShare * 100).toFixed(2)} %` : ""] : [],
    peakMb!.toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

function rounded(rate: number): string {
  return rate.toPrecision(4);
}

function range(values: number[]): string {
  return `${rounded(Math.min(...values))}–${rounded(Math.max(...values))}`;
}

/** The scores that contenders computed, which ought to be the same. */
function scoreLines(rows: Result[]): string[] {
  const lines = rows.flatMap(({ contender, scores }) => {
    if (!scores) return [];
    const values = Object.entries(scores).map(([name, score]) => `${name} ${score?.toFixed(9)}`);
    return [`- ${contender}: ${values.join(", ")}`];
  });
  return lines.length === 0 ? [] : [...lines, ""];
}

/**
 * How many times as fast it is as the fastest peer of the same precision; `undefined` if one of the
 * peers is missing, since that one might be the fastest, or if it is not to be compared.
 */
export function ratioToBest(row: Result, rows: Result[]): number | undefined {
  if (!row.ours || !row.compared) return undefined;
  const peers = rows.filter(({ ours, compared, precision }) =>
    !ours && compared && precision === row.precision
  );
  if (peers.length === 0 || peers.some(({ missing }) => missing)) return undefined;
  const best = Math.max(...peers.map(({ imagesPerSecond }) => imagesPerSecond!.median));
  return row.imagesPerSecond!.median / best;
}

const NO_RATE: Rates = { median: 0, quartiles: [0, 0], processes: [0] };
const OURS = "#1f77b4", OTHERS = "#b0b0b0";
/** Pixels of a bar with the gap beside it, of a panel without its bars, and of the lines on top. */
const BAR_HEIGHT = 18, PANEL_MARGIN = 70, HEADER = 80;
/** Pixels for the contenders' names. */
const LABELS_WIDTH = 260;

/**
 * The results as bars, one panel for each work; whiskers go from the lowest to the highest median of
 * a process. `undefined` where there are none.
 */
export function bars(report: Report): Figure | undefined {
  const works = [...Map.groupBy(report.results, ({ work }) => work)];
  if (report.results.every(({ missing }) => missing)) return undefined;
  const most = Math.max(...works.map(([, rows]) => rows.length));
  const panels = works.map(([work, rows], i) => {
    const axis = i === 0 ? "" : `${i + 1}`;
    const low = 1 - (i + 0.82) / works.length, high = 1 - (i + 0.12) / works.length;
    const upwards = rows.toReversed();
    const rates = upwards.map(({ imagesPerSecond }) => imagesPerSecond ?? NO_RATE);
    return {
      trace: {
        type: "bar",
        orientation: "h",
        y: upwards.map(({ contender, missing }) => missing ? `${contender} (missing)` : contender),
        x: rates.map(({ median }) => median),
        error_x: whiskers(rates),
        marker: { color: upwards.map(({ ours }) => ours ? OURS : OTHERS) },
        xaxis: `x${axis}`,
        yaxis: `y${axis}`,
      },
      axes: {
        [`xaxis${axis}`]: { anchor: `y${axis}`, rangemode: "tozero" },
        [`yaxis${axis}`]: { anchor: `x${axis}`, domain: [low, high], automargin: true },
      },
      title: text(`${work}, images/s`, high),
    };
  });
  const layout = {
    width: 900,
    height: HEADER + (most * BAR_HEIGHT + PANEL_MARGIN) * works.length,
    showlegend: false,
    margin: { l: LABELS_WIDTH, r: 20, t: HEADER, b: 10 },
    annotations: [
      { ...text(describe(report).join("<br>"), 1), xshift: 10 - LABELS_WIDTH, font: { size: 10 } },
      ...panels.map(({ title }) => title),
    ],
  };
  return {
    data: panels.map(({ trace }) => trace),
    layout: Object.assign(layout, ...panels.map(({ axes }) => axes)),
  } as unknown as Figure;
}

function whiskers(rates: Rates[]) {
  return {
    type: "data",
    symmetric: false,
    array: rates.map(({ median, processes }) => Math.max(...processes) - median),
    arrayminus: rates.map(({ median, processes }) => median - Math.min(...processes)),
    thickness: 1,
    width: 3,
  };
}

/** Lines above a height of 0 to 1. */
function text(lines: string, y: number) {
  const place = { xref: "paper", yref: "paper", x: 0, y, xanchor: "left", yanchor: "bottom" };
  return { text: lines, ...place, align: "left", showarrow: false };
}
