// Runs the assignment from top to bottom on its kernel:
//   deno task notebooks [--help]

import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  formatNotebook,
  type Jupyter,
  readNotebook,
  setUpJupyter,
  studentCopy,
  writeSyntheticDataset,
} from "../lib/mod.ts";
import { command, positiveNumber, run, UsageError } from "./_command.ts";

const RUNNER = fileURLToPath(new URL("notebooks/run_notebook.py", import.meta.url));
/** What a notebook finds in its project. */
const LINKED = ["deno.json", "deno.lock", "lib", "tasks"];
const FRAMES = { train: 24, val: 6 };
const SIZE = { width: 256, height: 128 };
const MINUTES = 0.1;

interface Options {
  save?: true;
  minutes?: number;
  out?: string;
}

const notebooks = command(
  "notebooks",
  "Runs the solved assignment and the students' copy of it on the kernel, with trainings of seconds " +
    "on a few drawn scenes, in a folder that is removed afterwards. Exits with 1 if a cell fails.",
)
  .argument("[notebook]", "the solved notebook", "notebooks/assignment.ipynb")
  .option("--save", "run it here, at full length, and save it with its outputs")
  .option("--out <folder>", "keep what was run there")
  .option(
    "--minutes <m>",
    `the longest that one training may take (default, without --save: ${MINUTES})`,
    positiveNumber,
  );

await run(notebooks, async (signal) => {
  const { save, minutes, out } = notebooks.opts<Options>();
  if (save && out) throw new UsageError("--save and --out exclude each other");
  const path = resolve(notebooks.processedArgs[0]);
  const solved = await readNotebook(path);
  const setUp = (project: string) =>
    setUpJupyter(project, {
      onInstall: () => console.log("fetching Jupyter into an environment of its own, once"),
      signal,
    });
  if (save) {
    const project = Deno.cwd();
    const run = { from: path, to: path, project, minutes, signal };
    if (!await runNotebook(await setUp(project), run)) throw failure(1);
    return;
  }
  const project = await Deno.makeTempDir();
  try {
    const results = await scratchProject(project);
    const jupyter = await setUp(project);
    const texts = { "assignment.ipynb": solved, "student.ipynb": studentCopy(solved) };
    let failed = 0;
    for (const [name, notebook] of Object.entries(texts)) {
      console.log(name);
      const from = join(project, name), to = join(out ?? results, name);
      await Deno.mkdir(join(to, ".."), { recursive: true });
      await Deno.writeTextFile(from, formatNotebook(notebook));
      const run = { from, to, project, minutes: minutes ?? MINUTES, signal };
      if (!await runNotebook(jupyter, run)) failed++;
    }
    console.log(`${Object.keys(texts).length - failed} notebooks ran, ${failed} failed`);
    if (failed) throw failure(failed);
  } finally {
    await Deno.remove(project, { recursive: true });
  }
});

function failure(count: number): Error {
  return new Error(`Cannot run ${count === 1 ? "a notebook" : `${count} notebooks`}, see above`);
}

/** Makes a project of links with a small dataset. @returns A folder for what was run. */
async function scratchProject(folder: string): Promise<string> {
  for (const name of LINKED) await Deno.symlink(resolve(name), join(folder, name));
  await writeSyntheticDataset(join(folder, "data", "synthetic"), { frames: FRAMES, ...SIZE });
  return join(folder, "results");
}

/** Whether all cells ran. */
async function runNotebook(
  { python, env }: Jupyter,
  { from, to, project, minutes, signal }: {
    from: string;
    to: string;
    project: string;
    minutes: number | undefined;
    signal: AbortSignal;
  },
): Promise<boolean> {
  const child = new Deno.Command(python, {
    args: [RUNNER, from, resolve(to), project],
    env: { ...env, ...minutes && { DENOSCAPES_MINUTES: String(minutes) } },
    stdin: "null",
    // Of Ctrl-C it shall hear once, and end its kernel.
    detached: true,
    signal,
  }).spawn();
  const { success } = await child.status;
  signal.throwIfAborted();
  return success;
}
