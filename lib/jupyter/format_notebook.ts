import type { Metadata, Notebook } from "./notebook_file.ts";

/** What nbformat never writes, by whose metadata it is. */
const TRANSIENT = {
  notebook: ["orig_nbformat", "orig_nbformat_minor", "signature"],
  cell: ["trusted"],
};
/** What ends a line for Python's `str.splitlines`, besides `\r\n`. */
const ENDS = String.raw`\n\r\v\f\x1c-\x1e\x85\u2028\u2029`;
const LINE = new RegExp(`[^${ENDS}]*(?:\\r\\n|[${ENDS}])|[^${ENDS}]+`, "g");

/**
 * A notebook as the text of its file, byte for byte as nbformat and JupyterLab write it
 * (`nbformat/v4/nbjson.py`), so that saving it anew changes nothing: keys in order, indented by one
 * space, a list of lines for each source. Outputs and attachments stay as they were read; a number
 * such as `1.0` becomes `1`.
 *
 * @example
 * ```ts
 * import { assertStringIncludes } from "@std/assert";
 * import { formatNotebook } from "./format_notebook.ts";
 *
 * const text = formatNotebook({
 *   cells: [{ cell_type: "markdown", id: "title", metadata: {}, source: "# Streets\nbei Nässe" }],
 *   metadata: {},
 *   nbformat: 4,
 *   nbformat_minor: 5,
 * });
 * assertStringIncludes(text, '"source": [\n    "# Streets\\n",\n    "bei Nässe"\n   ]');
 * ```
 */
export function formatNotebook(notebook: Notebook): string {
  const written = {
    ...notebook,
    metadata: without(notebook.metadata, TRANSIENT.notebook),
    cells: notebook.cells.map((cell) => ({
      ...cell,
      metadata: without(cell.metadata, TRANSIENT.cell),
      source: cell.source.match(LINE) ?? [],
    })),
  };
  return JSON.stringify(sorted(written), null, 1) + "\n";
}

function without(metadata: Metadata, names: string[]): Metadata {
  return Object.fromEntries(Object.entries(metadata).filter(([name]) => !names.includes(name)));
}

/** The same value with the keys of all its objects in order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1);
  return Object.fromEntries(entries.map(([name, inner]) => [name, sorted(inner)]));
}
