// Makes the students' copy of the solved notebook:
//   deno task template [--help]

import { dirname, resolve } from "node:path";
import { formatNotebook } from "../lib/jupyter/format_notebook.ts";
import { readNotebook, writeNotebook } from "../lib/jupyter/notebook_file.ts";
import { isUntouchedCopy, sealedCopy, studentCopy } from "../lib/jupyter/student_copy.ts";
import { command, run, UsageError } from "./_command.ts";

interface Options {
  in: string;
  out: string;
  check?: true;
  force?: true;
}

const template = command(
  "template",
  "Makes the students' copy of the solved notebook as nbgrader does: solutions become stubs, " +
    "hidden tests and outputs go, cells are locked. Needs no Python. A copy in which somebody has " +
    "worked is left alone.",
)
  .option("--in <file>", "the teacher's notebook", "notebooks/assignment.ipynb")
  .option("--out <file>", "the students' copy", "notebooks/student/assignment.ipynb")
  .option("--check", "write nothing; exit with 1 if the copy is not what would be written")
  .option("--force", "replace the copy even if somebody has worked in it");

await run(template, async () => {
  const { in: source, out, check, force } = template.opts<Options>();
  if (resolve(source) === resolve(out)) throw new UsageError("--in and --out are the same file");
  const copy = sealedCopy(studentCopy(await readNotebook(source)));
  const old = await textOf(out);
  if (old === formatNotebook(copy)) return console.log(`${out} is up to date`);
  if (check) throw new Error(`${out} is not the copy of ${source}: make it by deno task template`);
  if (old !== undefined && !force && !await canBeReplaced(out)) {
    throw new Error(`${out} is no copy as it was made, somebody worked in it: --force replaces it`);
  }
  await Deno.mkdir(dirname(out), { recursive: true });
  await writeNotebook(out, copy);
  console.log(`wrote ${out}`);
});

async function textOf(path: string): Promise<string | undefined> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

async function canBeReplaced(path: string): Promise<boolean> {
  return await readNotebook(path).then(isUntouchedCopy, () => false);
}
