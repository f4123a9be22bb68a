import * as v from "valibot";
import { writeAtomically } from "../system/mod.ts";
import { formatNotebook } from "./format_notebook.ts";

/** What a notebook or a cell says about itself, such as the kernel or who may edit it. */
export type Metadata = Record<string, unknown>;

interface CellOf<Type extends string> {
  cell_type: Type;
  /** 1 to 64 letters, digits, `-` and `_`; no other cell of the notebook has it. */
  id: string;
  metadata: Metadata;
  /** Its text, the lines ended by `\n` but for the last. */
  source: string;
}

/** A cell of code, with what it printed and showed when it was last run. */
export interface CodeCell extends CellOf<"code"> {
  execution_count: number | null;
  outputs: unknown[];
}

/** A cell of text. */
export interface TextCell extends CellOf<"markdown" | "raw"> {
  /** Pictures that the text shows, by their names. */
  attachments?: Metadata;
}

/** A cell of a notebook. */
export type Cell = CodeCell | TextCell;

/** A Jupyter notebook in the current format, nbformat 4.5. */
export interface Notebook {
  cells: Cell[];
  metadata: Metadata;
  nbformat: 4;
  nbformat_minor: 5;
}

/**
 * Reads a notebook.
 *
 * @param path An `.ipynb` file of nbformat 4.5, which JupyterLab 3 and later write.
 * @throws {Error} naming the file, and the entry that is missing or wrong.
 */
export async function readNotebook(path: string): Promise<Notebook> {
  const fail = (reason: string, cause?: unknown) =>
    new Error(`Cannot read the notebook ${path}: ${reason}`, { cause });
  let json: unknown;
  try {
    json = JSON.parse(await Deno.readTextFile(path));
  } catch (error) {
    throw fail((error as Error).message, error);
  }
  const result = v.safeParse(schema(), json);
  if (result.success) return result.output;
  const [issue] = result.issues;
  throw fail(`${v.getDotPath(issue) ?? "it"}: ${issue.message}`);
}

/**
 * Writes a notebook, as a whole or not at all.
 *
 * @param path The file; one that is there is replaced.
 */
export async function writeNotebook(path: string, notebook: Notebook): Promise<void> {
  await writeAtomically(path, formatNotebook(notebook));
}

/** What a notebook's JSON must look like; the types above say what it means. */
function schema(): v.GenericSchema<unknown, Notebook> {
  const metadata = v.record(v.string(), v.unknown());
  const cell = {
    id: v.pipe(v.string(), v.regex(/^[\w-]{1,64}$/)),
    metadata,
    source: v.union([
      v.string(),
      v.pipe(v.array(v.string()), v.transform((lines) => lines.join(""))),
    ]),
  };
  const textCell = { ...cell, attachments: v.exactOptional(metadata) };
  const cells = v.array(v.variant("cell_type", [
    v.strictObject({
      cell_type: v.literal("code"),
      ...cell,
      execution_count: v.nullable(v.number()),
      outputs: v.array(v.unknown()),
    }),
    v.strictObject({ cell_type: v.literal("markdown"), ...textCell }),
    v.strictObject({ cell_type: v.literal("raw"), ...textCell }),
  ]));
  return v.strictObject({
    cells: v.pipe(
      cells,
      v.check(
        (cells) => new Set(cells.map(({ id }) => id)).size === cells.length,
        "two with one id",
      ),
    ),
    metadata,
    nbformat: v.literal(4),
    nbformat_minor: v.literal(5),
  });
}
