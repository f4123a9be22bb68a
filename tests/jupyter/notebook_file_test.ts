import { assertEquals, assertRejects } from "@std/assert";
import { readNotebook, writeNotebook } from "../../lib/jupyter/notebook_file.ts";
import { withFolder } from "../data/_folder.ts";
import { TEACHER_NOTEBOOK } from "./_teacher_notebook.ts";

const { cells: [cell], ...rest } = TEACHER_NOTEBOOK;

Deno.test("readNotebook() reads what writeNotebook() wrote", () =>
  withFolder(async ({ at }) => {
    await writeNotebook(at("a.ipynb"), TEACHER_NOTEBOOK);
    const read = await readNotebook(at("a.ipynb"));
    const cells = TEACHER_NOTEBOOK.cells.map((cell) => {
      const { trusted: _, ...metadata } = cell.metadata;
      return { ...cell, metadata };
    });
    assertEquals(read, { ...TEACHER_NOTEBOOK, cells });
    await writeNotebook(at("b.ipynb"), read);
    assertEquals(await Deno.readTextFile(at("b.ipynb")), await Deno.readTextFile(at("a.ipynb")));
  }));

Deno.test("readNotebook() names the file and what is wrong in it", () =>
  withFolder(async ({ at, write }) => {
    const faults: [string, unknown][] = [
      ["nbformat_minor: ", { ...rest, cells: [cell], nbformat_minor: 4 }],
      ["cells.0.id: ", { ...rest, cells: [{ ...cell, id: "a b" }] }],
      ["cells: two with one id", { ...rest, cells: [cell, cell] }],
      ["cells.1.cell_type: ", { ...rest, cells: [cell, { ...cell, cell_type: "heading" }] }],
      ["cells.0.outputs: ", { ...rest, cells: [{ ...cell, outputs: [] }] }],
    ];
    for (const [message, json] of faults) {
      const path = await write("a.ipynb", new TextEncoder().encode(JSON.stringify(json)));
      const expected = `Cannot read the notebook ${path}: ${message}`;
      await assertRejects(() => readNotebook(path), Error, expected);
    }
    for (const path of [at("none.ipynb"), await write("empty.ipynb")]) {
      await assertRejects(() => readNotebook(path), Error, `Cannot read the notebook ${path}: `);
    }
  }));
