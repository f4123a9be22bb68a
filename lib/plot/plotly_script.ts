/** How pages call `Plotly.newPlot`. The button that would send a figure to a server is left out. */
export const PLOTLY_CONFIG = {
  responsive: true,
  displaylogo: false,
  showSendToCloud: false,
  plotlyServerURL: "",
} as const;

/** The text of plotly.js, with which a page draws {@linkcode Figure}s; 10 MB. */
export async function plotlyScript(): Promise<string> {
  // This import fetches the package where the cache lacks it; resolve() alone does not.
  await import("plotly.js-dist/package.json", { with: { type: "json" } });
  return await Deno.readTextFile(new URL(import.meta.resolve("plotly.js-dist/plotly.js")));
}
