import { createHash } from "node:crypto";
import { checksum, type Grading, gradingOf, isKept, isReadOnly } from "./grading.ts";
import type { Cell, Metadata, Notebook } from "./notebook_file.ts";
import { replaceRegions } from "./source_regions.ts";

/** What stands in place of solutions; `notebooks/nbgrader_config.py` says the same. */
export const STUBS = { code: "// YOUR CODE HERE", text: "YOUR ANSWER HERE" } as const;

/** The language that a notebook's kernel must have. */
const LANGUAGE = "typescript";
/** How a text shows a picture that is in the notebook itself. */
const ATTACHMENT = /!\[.*\]\(attachment:.+?\)/;
/** Where a copy's metadata have the hash of its cells. */
const SEAL = "denoscapes_seal";
/** nbgrader would run the solutions for it. */
const AUTOTEST = "AUTOTEST";

/**
 * The students' copy of a teacher's notebook, as `nbgrader generate_assignment` (0.9) makes it with
 * `notebooks/nbgrader_config.py`: solutions are replaced by stubs, hidden tests and mark schemes
 * taken out, cells locked, outputs cleared, and checksums set.
 *
 * A solution is what stands between lines with `BEGIN SOLUTION` and `END SOLUTION`, or else the
 * whole of a cell that is marked as one. Not supported are nbgrader's `AUTOTEST`s.
 *
 * @param notebook The teacher's notebook, of TypeScript cells with nbgrader's metadata (version 3).
 * @returns A new notebook.
 * @throws {Error} naming the cell, where a region has no end, or is in a cell that is not marked for
 *   it, where two cells have the same `grade_id`, and where nbgrader's metadata are wrong.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { studentCopy } from "./student_copy.ts";
 *
 * const marks = { schema_version: 3, grade: false, locked: false, grade_id: "q1", solution: true };
 * const { cells: [cell] } = studentCopy({
 *   cells: [{
 *     cell_type: "code",
 *     id: "q1",
 *     metadata: { nbgrader: marks },
 *     source: "let x;\n// ### BEGIN SOLUTION\nx = 42;\n// ### END SOLUTION",
 *     execution_count: 1,
 *     outputs: [],
 *   }],
 *   metadata: { kernelspec: { name: "denoscapes", language: "typescript" } },
 *   nbformat: 4,
 *   nbformat_minor: 5,
 * });
 * assertEquals(cell!.source, "let x;\n// YOUR CODE HERE");
 * ```
 */
export function studentCopy(notebook: Notebook): Notebook {
  const { celltoolbar: _, ...metadata } = notebook.metadata;
  const { language } = (metadata.kernelspec ?? {}) as { language?: unknown };
  if (language !== LANGUAGE) {
    throw failure(`expected a kernel of the language ${LANGUAGE}, got ${language ?? "none"}`);
  }
  const ids = new Set<string>();
  const cells = notebook.cells.map((cell, i) => {
    try {
      const grading = gradingOf(cell);
      if (grading && isKept(grading)) {
        if (ids.has(grading.grade_id!)) throw new Error("another cell has the same grade_id");
        ids.add(grading.grade_id!);
      }
      return studentCell(cell, grading);
    } catch (error) {
      throw failure(`${nameOf(cell, i)}: ${(error as Error).message}`, error);
    }
  });
  return { ...notebook, metadata, cells };
}

/** A copy that notes what is in it, so that {@linkcode isUntouchedCopy} sees whether somebody worked there. */
export function sealedCopy(copy: Notebook): Notebook {
  return { ...copy, metadata: { ...copy.metadata, [SEAL]: sealOf(copy) } };
}

/** Whether a notebook is a sealed copy whose cells are as they were made, and none was run. */
export function isUntouchedCopy(notebook: Notebook): boolean {
  return notebook.metadata[SEAL] === sealOf(notebook);
}

/** A hash of all that students change; what JupyterLab notes of how a notebook is shown is not in it. */
function sealOf({ cells }: Notebook): string {
  const content = cells.map((cell) => [
    ...[cell.cell_type, cell.source, Object.entries(cell.metadata.nbgrader ?? {}).sort()],
    ...cell.cell_type === "code" ? [cell.execution_count, cell.outputs.length] : [],
  ]);
  return createHash("sha256").update(JSON.stringify(content)).digest("hex");
}

function studentCell(cell: Cell, grading: Grading | undefined): Cell {
  const source = studentSource(cell, grading);
  const copy = cell.cell_type === "code"
    ? { ...cell, source, execution_count: null, outputs: [], metadata: withoutView(cell.metadata) }
    : { ...cell, source };
  if (!grading || !(grading.solution || isReadOnly(grading))) return copy;
  const lock = { deletable: false, ...(isReadOnly(grading) && { editable: false }) };
  const nbgrader = { ...grading, checksum: checksum(copy, grading), cell_type: cell.cell_type };
  return { ...copy, metadata: { ...copy.metadata, ...lock, nbgrader } };
}

function studentSource({ cell_type, source }: Cell, grading: Grading | undefined): string {
  if (cell_type === "code" && source.includes(AUTOTEST)) {
    throw new Error(`${AUTOTEST} is not supported: write the test out`);
  }
  const stub = cell_type === "code" ? STUBS.code : STUBS.text;
  const solved = replaceRegions(source, "SOLUTION", { by: stub });
  if (solved !== undefined && !grading?.solution) throw unmarked("SOLUTION", "solution");
  const open = solved ?? (grading?.solution ? stub : source);
  const tested = replaceRegions(open, "HIDDEN TESTS");
  if (tested !== undefined && !grading?.grade) throw unmarked("HIDDEN TESTS", "grade");
  const check = (line: string) =>
    ATTACHMENT.test(line) ? "an attachment in a mark scheme would stay in the copy" : undefined;
  const schemed = replaceRegions(tested ?? open, "MARK SCHEME", { check });
  if (schemed !== undefined && !grading?.task) throw unmarked("MARK SCHEME", "task");
  return schemed ?? tested ?? open;
}

/** How a cell with outputs was shown. */
function withoutView({ collapsed: _, scrolled: __, ...metadata }: Metadata): Metadata {
  return metadata;
}

function unmarked(region: string, mark: keyof Grading): Error {
  return new Error(`a region ${region} in a cell whose nbgrader metadata do not say ${mark}`);
}

/** A cell's grade_id, or else its number and its first line. */
function nameOf({ metadata, source }: Cell, index: number): string {
  const { grade_id } = (metadata.nbgrader ?? {}) as { grade_id?: unknown };
  return `the cell ${grade_id || `${index + 1} (${JSON.stringify(source.split("\n")[0])})`}`;
}

function failure(reason: string, cause?: unknown): Error {
  return new Error(`Cannot make the students' copy: ${reason}`, { cause });
}
