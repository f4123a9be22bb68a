import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Cell, readNotebook, writeNotebook } from "../../lib/jupyter/notebook_file.ts";
import { sealedCopy, studentCopy } from "../../lib/jupyter/student_copy.ts";
import { code, notebook, TEACHER_NOTEBOOK } from "../jupyter/_teacher_notebook.ts";
import { type Project, withProject } from "../runs/_project.ts";

const FILES = ["--in", "teacher.ipynb", "--out", "made/for/students.ipynb"];

interface Ending {
  code?: number;
  says: string;
}

async function template(
  project: Project,
  args: string[],
  { code = 0, says }: Ending,
): Promise<void> {
  const result = await project.task("template", args);
  assertEquals(result.code, code, result.stderr);
  assertStringIncludes(code ? result.stderr : result.stdout, says);
}

Deno.test("template writes the students' copy, and --check sees that it is out of date", () =>
  withProject(async (project) => {
    const teacher = project.path("teacher.ipynb");
    await writeNotebook(teacher, TEACHER_NOTEBOOK);
    const check = [...FILES, "--check"];
    await template(project, check, { code: 1, says: "is not the copy of teacher.ipynb" });
    await template(project, FILES, { says: "wrote made/for/students.ipynb" });
    const copy = await readNotebook(project.path("made/for/students.ipynb"));
    assertEquals(copy, sealedCopy(studentCopy(await readNotebook(teacher))));
    await template(project, check, { says: "is up to date" });
    await template(project, FILES, { says: "is up to date" });
    // An untouched copy is replaced without a question.
    const { cells } = TEACHER_NOTEBOOK;
    await writeNotebook(teacher, { ...TEACHER_NOTEBOOK, cells: cells.slice(0, -1) });
    await template(project, check, { code: 1, says: "deno task template" });
    await template(project, FILES, { says: "wrote" });
  }));

Deno.test("template replaces a copy in which somebody worked only with --force", () =>
  withProject(async (project) => {
    await writeNotebook(project.path("teacher.ipynb"), TEACHER_NOTEBOOK);
    await template(project, FILES, { says: "wrote" });
    const path = project.path("made/for/students.ipynb");
    const copy = await readNotebook(path);
    const answered = copy.cells.map((cell) =>
      cell.id === "answer" ? { ...cell, source: "My answer" } : cell
    );
    const [first] = copy.cells as [Cell];
    // Also in cells that nbgrader leaves alone, and where the outputs were cleared.
    const noted = copy.cells.with(0, { ...first, source: `${first.source}\nMy note` });
    const added = [...copy.cells, { ...first, id: "added", source: "My cell" }];
    for (const cells of [answered, noted, added]) {
      await writeNotebook(path, { ...copy, cells });
      await template(project, FILES, { code: 1, says: "somebody worked in it" });
      assertEquals((await readNotebook(path)).cells, cells);
    }
    await template(project, [...FILES, "--force"], { says: "wrote" });
    assertEquals(await readNotebook(path), copy);
  }));

Deno.test("template says what is wrong", () =>
  withProject(async (project) => {
    await template(project, FILES, { code: 1, says: "Cannot read the notebook teacher.ipynb: " });
    const same = ["--in", "teacher.ipynb", "--out", "./teacher.ipynb"];
    await template(project, same, { code: 2, says: "are the same file" });
    const open = code("a", "// ### BEGIN SOLUTION", { grade_id: "q1", solution: true });
    await writeNotebook(project.path("teacher.ipynb"), notebook([open]));
    await template(project, FILES, { code: 1, says: "the cell q1: BEGIN SOLUTION without END" });
  }));
