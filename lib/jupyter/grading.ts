import { createHash } from "node:crypto";
import * as v from "valibot";
import type { Cell } from "./notebook_file.ts";

/** What nbgrader (https://nbgrader.readthedocs.io) knows about a cell, in its metadata. */
export interface Grading {
  schema_version: 3;
  /** Whether it gives points. */
  grade: boolean;
  /** Whether students answer in it. */
  solution: boolean;
  /** Whether students may not edit it. */
  locked: boolean;
  /** Whether it is a task: text that asks for work in any cells, graded by hand. */
  task?: boolean;
  /** Its name in the grade book. */
  grade_id?: string;
  /** How many points it gives at most, 0 or more. */
  points?: number;
  /** Of the student's copy, to see what was edited: {@linkcode checksum}. */
  checksum?: string;
  cell_type?: Cell["cell_type"];
}

/**
 * What nbgrader's metadata say about a cell.
 *
 * @returns `undefined` for a cell that nbgrader leaves alone.
 * @throws {Error} that says what is wrong with them, by nbgrader's own rules.
 */
export function gradingOf(cell: Cell): Grading | undefined {
  const { nbgrader } = cell.metadata;
  if (nbgrader === undefined) return undefined;
  const result = v.safeParse(schema(), nbgrader);
  if (!result.success) {
    const [issue] = result.issues;
    const where = ["nbgrader", v.getDotPath(issue)].filter(Boolean).join(".");
    throw new Error(`${where}: ${issue.message}`);
  }
  const grading: Grading = result.output;
  const fault = faultOf(grading, cell);
  if (fault) throw new Error(fault);
  return grading;
}

/** Whether nbgrader keeps a cell in its grade book. */
export function isKept({ grade, solution, locked, task }: Grading): boolean {
  return grade || solution || locked || (task ?? false);
}

/** Whether students may not edit a cell: a test, or text that is locked. */
export function isReadOnly({ grade, solution, locked }: Grading): boolean {
  return !solution && (grade || locked);
}

/**
 * nbgrader's checksum of a cell (`compute_checksum` in its `utils.py`).
 *
 * @returns 32 hexadecimal digits: MD5 of the source and what the grading depends on.
 */
export function checksum({ source, cell_type }: Cell, grading: Grading): string {
  const { grade, solution, grade_id, points } = grading;
  const flags = [grade, solution, isReadOnly(grading)].map((flag) => flag ? "True" : "False");
  const worth = grade ? [pythonFloat(points!)] : [];
  return createHash("md5").update([source, cell_type, ...flags, grade_id, ...worth].join(""))
    .digest("hex");
}

/** A number of points as Python prints a float. */
function pythonFloat(value: number): string {
  return Number.isInteger(value) ? `${value}.0` : String(value);
}

/** What no schema can say. */
function faultOf(grading: Grading, { cell_type }: Cell): string | undefined {
  const { grade, solution, task, grade_id, points } = grading;
  if (isKept(grading) && !grade_id) return "it has no grade_id";
  if ((grade || task) && points === undefined) return "it has no points";
  if (task) return cell_type === "markdown" ? undefined : "a task must be Markdown";
  if (cell_type === "markdown" && grade !== solution) {
    return "a Markdown cell must be both an answer (solution) and graded (grade), or neither";
  }
}

/** As nbgrader's own schema (`nbgraderformat/v3.json`). */
function schema() {
  return v.strictObject({
    schema_version: v.literal(3),
    grade: v.boolean(),
    solution: v.boolean(),
    locked: v.boolean(),
    task: v.exactOptional(v.boolean()),
    grade_id: v.exactOptional(v.pipe(v.string(), v.regex(/^[\w-]*$/))),
    points: v.exactOptional(v.pipe(v.number(), v.minValue(0))),
    checksum: v.exactOptional(v.pipe(v.string(), v.length(32))),
    cell_type: v.exactOptional(v.picklist(["code", "markdown", "raw"])),
  });
}
