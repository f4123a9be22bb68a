import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { formatNotebook } from "../../lib/jupyter/format_notebook.ts";
import { type Cell, readNotebook, writeNotebook } from "../../lib/jupyter/notebook_file.ts";
import { isUntouchedCopy, sealedCopy, STUBS, studentCopy } from "../../lib/jupyter/student_copy.ts";
import { exists } from "../../lib/system/mod.ts";
import { generateAssignment, nbgraderPython } from "./_nbgrader.ts";
import { code, notebook, TEACHER_NOTEBOOK, text } from "./_teacher_notebook.ts";

const NOTEBOOKS = fileURLToPath(new URL("../../notebooks", import.meta.url));
const ASSIGNMENT = join(NOTEBOOKS, "assignment.ipynb");

const nbgrader = await nbgraderPython();

function compare(name: string, work: (python: string) => Promise<void>, isThere = true): void {
  const why = "absent" in nbgrader ? ` (ignored: ${nbgrader.absent})` : "";
  Deno.test({
    name: `studentCopy() makes what nbgrader makes of ${name}${why}`,
    ignore: "absent" in nbgrader || !isThere,
    fn: () => work((nbgrader as { python: string }).python),
  });
}

async function assertAsNbgrader(python: string, path: string): Promise<void> {
  const expected = await generateAssignment(python, path);
  const ours = studentCopy(await readNotebook(path));
  const { cells, ...rest } = JSON.parse(formatNotebook(ours));
  const { cells: expectedCells, ...expectedRest } = JSON.parse(expected);
  assertEquals(cells.length, expectedCells.length);
  cells.forEach((cell: unknown, i: number) => assertEquals(cell, expectedCells[i]));
  assertEquals(rest, expectedRest);
  assertEquals(formatNotebook(ours), expected);
  assert(isUntouchedCopy(sealedCopy(ours)));
}

compare("a notebook with a cell of every kind", async (python) => {
  const folder = await Deno.makeTempDir();
  try {
    const path = join(folder, "teacher.ipynb");
    await writeNotebook(path, TEACHER_NOTEBOOK);
    await assertAsNbgrader(python, path);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

compare("the assignment", (python) => assertAsNbgrader(python, ASSIGNMENT), exists(ASSIGNMENT));

Deno.test("notebooks/nbgrader_config.py has the stubs of studentCopy()", () => {
  const config = Deno.readTextFileSync(join(NOTEBOOKS, "nbgrader_config.py"));
  assertStringIncludes(config, `code_stub = {"typescript": ${JSON.stringify(STUBS.code)}}`);
  assertStringIncludes(config, `text_stub = ${JSON.stringify(STUBS.text)}`);
});

Deno.test("studentCopy() leaves no solution, hidden test, mark scheme or output", () => {
  const before = structuredClone(TEACHER_NOTEBOOK);
  const copy = formatNotebook(studentCopy(TEACHER_NOTEBOOK));
  assertEquals(TEACHER_NOTEBOOK, before);
  const secrets = [
    "a + b",
    "answer = 42",
    "check(2)",
    "check(5)",
    "plot()",
    "Because",
    "1 point",
    "3.25",
  ];
  for (const secret of secrets) assert(!copy.includes(secret), secret);
  for (const kept of ["check(1)", "check(3)", "Why?", STUBS.code, STUBS.text]) {
    assertStringIncludes(copy, kept);
  }
});

const SOLUTION = { grade_id: "q1", solution: true };
const TEST = { grade_id: "t1", grade: true, locked: true, points: 1 };
const FAULTS: [string, Cell[]][] = [
  ["the cell q1: BEGIN SOLUTION without END SOLUTION", [code("a", "// BEGIN SOLUTION", SOLUTION)]],
  ["the cell q1: END SOLUTION without BEGIN SOLUTION", [code("a", "// END SOLUTION", SOLUTION)]],
  [
    "the cell q1: BEGIN SOLUTION within another BEGIN SOLUTION",
    [code("a", "// BEGIN SOLUTION\n// BEGIN SOLUTION\n// END SOLUTION", SOLUTION)],
  ],
  [
    'the cell 2 ("f();"): a region SOLUTION in a cell whose nbgrader metadata do not say solution',
    [text("a", ""), code("b", "f();\n// BEGIN SOLUTION\n// END SOLUTION")],
  ],
  ["the cell t1: BEGIN HIDDEN TESTS without", [code("a", "// BEGIN HIDDEN TESTS", TEST)]],
  [
    "a region HIDDEN TESTS in a cell whose nbgrader metadata do not say grade",
    [code("a", "// BEGIN HIDDEN TESTS\n// END HIDDEN TESTS")],
  ],
  [
    "an attachment in a mark scheme would stay",
    [text("a", "BEGIN MARK SCHEME\n![x](attachment:x.png)\nEND MARK SCHEME", {
      ...{ grade_id: "k1", task: true, points: 1 },
    })],
  ],
  [
    "the cell q1: another cell has the same grade_id",
    [code("a", "1", SOLUTION), code("b", "2", SOLUTION)],
  ],
  ['the cell 1 ("1"): it has no grade_id', [code("a", "1", { solution: true })]],
  ["the cell t2: it has no points", [code("a", "1", { grade_id: "t2", grade: true })]],
  ["the cell q1: nbgrader.solution: Invalid type", [code("a", "1", { ...SOLUTION, solution: 1 })]],
  ["the cell q1: nbgrader.schema_version: ", [code("a", "1", { ...SOLUTION, schema_version: 1 })]],
  ["the cell q1: nbgrader.grade_ID: ", [code("a", "1", { ...SOLUTION, grade_ID: "" })]],
  ["the cell q1: a Markdown cell must be both", [text("a", "", SOLUTION)]],
  ["the cell k1: a task must be Markdown", [
    code("a", "", { ...TEST, grade_id: "k1", task: true }),
  ]],
  ["the cell t1: AUTOTEST is not supported", [code("a", "// AUTOTEST x", TEST)]],
];

for (const [message, cells] of FAULTS) {
  Deno.test(`studentCopy() refuses: ${message}`, () => {
    assertThrows(() => studentCopy(notebook(cells)), Error, message);
  });
}

Deno.test("studentCopy() refuses a notebook of another language", () => {
  const message = "expected a kernel of the language typescript, got python";
  assertThrows(() => studentCopy(notebook([], "python")), Error, message);
});

Deno.test("isUntouchedCopy() sees a cell that was run or edited, and what is no copy", () => {
  const copy = sealedCopy(studentCopy(TEACHER_NOTEBOOK));
  const changed = (id: string, change: Partial<Cell>) => {
    const cells = copy.cells.map((cell) => cell.id === id ? { ...cell, ...change } as Cell : cell);
    return isUntouchedCopy({ ...copy, cells });
  };
  assert(isUntouchedCopy(copy));
  assert(!isUntouchedCopy(TEACHER_NOTEBOOK));
  assert(!isUntouchedCopy(notebook([])));
  assert(!changed("imports", { execution_count: 1 }));
  assert(!changed("whole", { source: "const answer = 7;" }));
  assert(!changed("answer", { source: "Because." }));
  assert(!changed("region", { metadata: { nbgrader: {} } }));
});
