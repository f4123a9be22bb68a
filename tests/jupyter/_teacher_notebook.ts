import type { Cell, Notebook } from "../../lib/jupyter/notebook_file.ts";

/** What a cell's nbgrader metadata say, as far as it is not the default. */
type Marks = Record<string, unknown>;

function marked(marks?: Marks): Cell["metadata"] {
  if (!marks) return {};
  const none = { grade: false, locked: false, schema_version: 3, solution: false, task: false };
  return { nbgrader: { ...none, ...marks } };
}

/** A cell of code that was run. */
export function code(id: string, source: string, marks?: Marks): Cell {
  const text = { name: "stdout", output_type: "stream", text: ["3.25\n", "done"] };
  const metadata = { ...marked(marks), collapsed: false, scrolled: true, trusted: true, tags: [] };
  return { cell_type: "code", id, metadata, source, execution_count: 3, outputs: [text] };
}

/** A cell of text. */
export function text(id: string, source: string, marks?: Marks): Cell {
  return { cell_type: "markdown", id, metadata: marked(marks), source };
}

/** A notebook of some cells. */
export function notebook(cells: Cell[], language = "typescript"): Notebook {
  return {
    cells,
    metadata: {
      kernelspec: { display_name: "Denoscapes", language, name: "denoscapes" },
      celltoolbar: "Create Assignment",
    },
    nbformat: 4,
    nbformat_minor: 5,
  };
}

/** A teacher's notebook with all that nbgrader treats in its own way. */
export const TEACHER_NOTEBOOK: Notebook = notebook([
  text("title", '# Straßen – "été"\u2028 \u{1f6b2}\n\nA line\x0bwith\x85odd ends\r\n'),
  text("locked", "Read this.", { grade_id: "intro", locked: true }),
  text("unmarked", "Left alone.", { grade_id: "none" }),
  code("imports", 'import { unet } from "denoscapes";\n'),
  code(
    "region",
    "function iou(a: number): number | undefined {\n" +
      "    // ### BEGIN SOLUTION\n    const b = 1;\n    return a + b;\n    // ### END SOLUTION\n}\n" +
      "\t// ### BEGIN SOLUTION\nf();\n// ### END SOLUTION\niou(2)",
    { grade_id: "q1", solution: true },
  ),
  code("whole", "const answer = 42;\nanswer", { grade_id: "q1-b", solution: true }),
  code(
    "tests",
    "check(1);\n// ### BEGIN HIDDEN TESTS\ncheck(2);\n// ### END HIDDEN TESTS\ncheck(3);",
    { grade_id: "q1-test", grade: true, locked: true, points: 2 },
  ),
  code("half", "check(4);", { grade_id: "q1-half", grade: true, locked: true, points: 0.5 }),
  code(
    "by-hand",
    "// ### BEGIN SOLUTION\nplot();\n// ### END SOLUTION\n\n",
    { grade_id: "q2", grade: true, solution: true, points: 3 },
  ),
  code(
    "both",
    "// ### BEGIN SOLUTION\nplot();\n// ### END SOLUTION\n" +
      "// ### BEGIN HIDDEN TESTS\ncheck(5);\n// ### END HIDDEN TESTS",
    { grade_id: "q2-both", grade: true, solution: true, points: 0 },
  ),
  text("answer", "All of it goes.\n\nÜberall.", {
    grade_id: "q3",
    grade: true,
    solution: true,
    points: 4,
  }),
  text("part", "Why?\n\n  ### BEGIN SOLUTION\nBecause.\n### END SOLUTION\n\nEnd.", {
    grade_id: "q4",
    grade: true,
    solution: true,
    points: 1,
  }),
  text("task", "Do.\n### BEGIN MARK SCHEME\n1 point\n### END MARK SCHEME", {
    grade_id: "q5",
    locked: true,
    task: true,
    points: 5,
  }),
  { cell_type: "raw", id: "raw", metadata: { raw_mimetype: "text/plain" }, source: "raw" },
  code("empty", ""),
]);
