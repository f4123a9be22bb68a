import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { type Cell, type Notebook, readNotebook, studentCopy } from "../../lib/mod.ts";
import { runDeno, runModule } from "../_program.ts";

const NOTEBOOKS = new URL("../../notebooks/", import.meta.url);
const MOST_LINES = 20;
const MOST_BYTES = 5e6;

const assignment = await readNotebook(fileURLToPath(new URL("assignment.ipynb", NOTEBOOKS)));
const codes = assignment.cells.filter(({ cell_type }) => cell_type === "code");

/** All that the cells of a notebook show, as one JSON. */
function outputsOf({ cells }: Notebook): string {
  return JSON.stringify(cells.map((cell) => "outputs" in cell ? cell.outputs : []));
}

Deno.test("the solved assignment and the students' copy run on the kernel", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const args = ["task", "--quiet", "notebooks", "--out", folder];
    const { code, stdout, stderr } = await runDeno(args);
    assertEquals(code, 0, stdout + stderr);
    assertStringIncludes(stdout, "2 notebooks ran, 0 failed");
    const student = await readNotebook(`${folder}/student.ipynb`);
    const shown = outputsOf(student);
    for (const exercise of [1, 2, 4]) {
      assertStringIncludes(shown, `Exercise ${exercise} is still to be done`);
    }
    assertStringIncludes(shown, "Nothing is trained: there is no optimizer yet (exercise 3)");
    for (const solution of ["balancedClassWeights", "zoomIn", "corrupt("]) {
      assert(!JSON.stringify(student).includes(solution), solution);
      assertStringIncludes(JSON.stringify(assignment), solution);
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test(`no code cell has more than ${MOST_LINES} lines`, () => {
  assert(codes.length > 20);
  const long = codes.filter(({ source }) => source.split("\n").length > MOST_LINES);
  assertEquals(long.map(({ id }) => id), []);
});

Deno.test("committed notebooks carry their outputs and are not over 5 MB", () => {
  for (const { name } of Deno.readDirSync(NOTEBOOKS)) {
    if (!name.endsWith(".ipynb")) continue;
    assert(Deno.statSync(new URL(name, NOTEBOOKS)).size < MOST_BYTES, name);
  }
  const shown = outputsOf(assignment);
  assert(shown.split('"image/png"').length > 6);
  assert(shown.split('<img src=\\"data:image/png').length > 10);
  for (
    const figure of ["unet", "night-sample", "IoU of each class", "Worse input", "Another camera"]
  ) {
    assertStringIncludes(shown, `"text/plain":["${figure}"]`);
  }
  const counts = codes.map((cell) => (cell as Cell & { execution_count: number }).execution_count);
  assertEquals(counts, codes.map((_, i) => i + 1));
});

Deno.test("the cells of the assignment are TypeScript without errors", async () => {
  const folder = await Deno.makeTempDir({ dir: fileURLToPath(NOTEBOOKS) });
  try {
    await Deno.writeTextFile(`${folder}/cells.ts`, codes.map(({ source }) => source).join("\n;\n"));
    const { code, stderr } = await runDeno(["check", "--quiet", `${folder}/cells.ts`]);
    assertEquals(code, 0, stderr);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

/** A code cell of the assignment, or of the students' copy, by its id. */
function sourceOf(id: string, { cells }: Notebook): string {
  return cells.find((cell) => cell.id === id)!.source;
}

/** The exercises that each of a teacher's cells tests. */
const GRADED = {
  "check-augmentation": ["augmentation"],
  "check-iou": ["iou"],
  "check-loss": ["loss", "optimizer"],
};

for (const [id, exercises] of Object.entries(GRADED)) {
  Deno.test(`the hidden tests ${id} pass the solution, and throw where one is missing`, async () => {
    const student = studentCopy(assignment);
    assert(!sourceOf(id, student).includes("assertRight"));
    const run = (missing?: string) =>
      runModule([
        'import { checkAugmentation, checkIou, checkLoss, engine } from "denoscapes";',
        "const tf = await engine(), classes = Array(19);",
        ...exercises.map((name) => sourceOf(name, name === missing ? student : assignment)),
        sourceOf(id, assignment),
      ].join("\n"));
    const solved = await run();
    assertEquals(solved.code, 0, solved.stderr);
    for (const missing of exercises) {
      const { code, stderr } = await run(missing);
      assertEquals(code, 1);
      assertMatch(stderr, /Exercise \d is still to be done/);
    }
  });
}
