import type { Figure } from "../../lib/mod.ts";
import type { Result } from "./measure.ts";

/** What the results were measured on. */
export interface Machine {
  processor: string;
  cores: number;
  /** The GPU that training and inference run on, if they do. */
  gpu?: string;
  versions: Record<string, string>;
}

/** The results as tables in Markdown, one for each work. */
export function markdown(results: Result[], { processor, cores, gpu, versions }: Machine): string {
  const versionList = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  const tables = [...Map.groupBy(results, ({ work }) => work)].map(([work, rows]) => {
    const columns = ["images/s (quartiles)", "to the best peer", "s to the first"];
    const hasLoader = rows.some(({ loaderShare }) => loaderShare !== undefined);
    if (hasLoader) columns.push("loader");
    columns.push(gpu ? "peak MB (host)" : "peak MB");
    return [
      `### ${work[0]!.toUpperCase()}${work.slice(1)}`,
      "",
      `| | ${columns.join(" | ")} |`,
      `| ${"--- | ".repeat(columns.length)}--- |`,
      ...rows.map((row) => line(row, rows, hasLoader)),
      "",
    ].join("\n");
  });
  const devices = `${gpu ? `${gpu}; ` : ""}${processor}, ${cores} cores`;
  return [`${devices}; ${versionList.join(", ")}.`, "", ...tables].join("\n");
}

function line(row: Result, rows: Result[], hasLoader: boolean): string {
  const { contender, missing, imagesPerSecond, secondsToFirst, loaderShare, peakMb } = row;
  if (missing) return `| ${contender} | missing: ${missing} | | | |${hasLoader ? " |" : ""}`;
  const { median, quartiles: [low, high] } = imagesPerSecond!;
  const ratio = row.ours ? ratioToBest(row, rows) : undefined;
  const cells = [
    contender,
    `${median.toPrecision(4)} (${low.toPrecision(4)}–${high.toPrecision(4)})`,
    ratio ? `${ratio.toFixed(2)}x` : "",
    secondsToFirst?.toFixed(1) ?? "",
    ...hasLoader ? [loaderShare ? `${(loaderShare * 100).toFixed(2)} %` : ""] : [],
    peakMb!.toFixed(0),
  ];
  return `| ${cells.join(" | ")} |`;
}

/**
 * How many times as fast it is as the fastest peer of the same precision; `undefined` if one of the
 * peers is missing, since that one might be the fastest.
 */
export function ratioToBest(row: Result, rows: Result[]): number | undefined {
  const peers = rows.filter((peer) =>
    !peer.ours && peer.precision === row.precision && !peer.contender.startsWith("tfjs")
  );
  if (peers.length === 0 || peers.some(({ missing }) => missing)) return undefined;
  const best = Math.max(...peers.map(({ imagesPerSecond }) => imagesPerSecond!.median));
  return row.imagesPerSecond!.median / best;
}

const OURS = "#1f77b4", OTHERS = "#b0b0b0";
/** Pixels of a bar with the gap beside it, and of a panel without its bars. */
const BAR_HEIGHT = 18, PANEL_MARGIN = 70;

/** The results as bars, one panel for each work; `undefined` where there are none. */
export function bars(results: Result[]): Figure | undefined {
  const works = [...Map.groupBy(results.filter(({ missing }) => !missing), ({ work }) => work)];
  if (works.length === 0) return undefined;
  const most = Math.max(...works.map(([, rows]) => rows.length));
  const panels = works.map(([work, rows], i) => {
    const axis = i === 0 ? "" : `${i + 1}`;
    const low = 1 - (i + 0.82) / works.length, high = 1 - (i + 0.12) / works.length;
    return {
      trace: {
        type: "bar",
        orientation: "h",
        y: rows.map(({ contender }) => contender).toReversed(),
        x: rows.map(({ imagesPerSecond }) => imagesPerSecond!.median).toReversed(),
        marker: { color: rows.map(({ ours }) => ours ? OURS : OTHERS).toReversed() },
        xaxis: `x${axis}`,
        yaxis: `y${axis}`,
      },
      axes: {
        [`xaxis${axis}`]: { anchor: `y${axis}`, rangemode: "tozero" },
        [`yaxis${axis}`]: { anchor: `x${axis}`, domain: [low, high], automargin: true },
      },
      title: {
        text: `${work}, images/s`,
        xref: "paper",
        yref: "paper",
        x: 0,
        y: high,
        xanchor: "left",
        yanchor: "bottom",
        showarrow: false,
      },
    };
  });
  const layout = {
    width: 900,
    height: (most * BAR_HEIGHT + PANEL_MARGIN) * works.length,
    showlegend: false,
    margin: { l: 220, r: 20, t: 10, b: 10 },
    annotations: panels.map(({ title }) => title),
  };
  return {
    data: panels.map(({ trace }) => trace),
    layout: Object.assign(layout, ...panels.map(({ axes }) => axes)),
  } as unknown as Figure;
}
