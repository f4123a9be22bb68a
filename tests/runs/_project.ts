import { stringify } from "csv-stringify/sync";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSyntheticDataset } from "../../lib/mod.ts";
import { type CsvRow, readCsv } from "../../lib/runs/csv_log.ts";
import { type ProgramOptions, type ProgramResult, runDeno } from "../_program.ts";

const PROJECT = fileURLToPath(new URL("../..", import.meta.url));
const LINKED = ["deno.json", "deno.lock", "lib", "tasks"];

/** A training of small steps on what {@linkcode Project.draw} draws, one frame each. */
export const TINY = [
  ...["--data", "cityscapes", "--root", "scenes", "--size", "64x32"],
  ...["--width", "4", "--depth", "2", "--batch", "1"],
];

/** How many frames {@linkcode Project.draw} draws. */
export const FRAMES = { train: 12, val: 3 };

/** The project in a folder of its own, so that its commands leave nothing in this one. */
export class Project {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A path in the project's folder. */
  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** The path of a run's file. */
  runFile(run: string, name: string): string {
    return this.path("data", "runs", run, name);
  }

  /** Draws scenes of 64x32 pixels in Cityscapes' folders. */
  async draw(folder = "scenes", frames = FRAMES): Promise<void> {
    await writeSyntheticDataset(this.path(folder), { frames, width: 64, height: 32 });
  }

  /** Runs `deno task` with arguments. */
  task(name: string, args: string[], options: ProgramOptions = {}): Promise<ProgramResult> {
    return runDeno(["task", "--quiet", name, ...args], { cwd: this.folder, ...options });
  }

  /** Starts what `deno task` would run, so that signals go to it and to nothing between. */
  start(name: string, args: string[]): Started {
    const { tasks } = JSON.parse(Deno.readTextFileSync(this.path("deno.json")));
    const [, ...words] = tasks[name].command.split(" ") as string[];
    return new Started(this.folder, [...words, ...args]);
  }

  /** As {@linkcode Project.start} by `deno task`, in a group of processes as of a terminal. */
  startTask(name: string, args: string[], env: Record<string, string> = {}): Started {
    return new Started(this.folder, ["task", "--quiet", name, ...args], { detached: true, env });
  }

  /** Waits until a run has done so many steps. */
  async steps(run: string, count: number, { status }: Pick<Started, "status">): Promise<void> {
    let ended = false;
    status.finally(() => ended = true);
    while ((await readCsv(this.runFile(run, "train.csv"))).length < count) {
      if (ended) throw new Error(`The run ${run} ended before its step ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 3));
    }
  }

  /** A run's `val.csv` as it is, and its `train.csv` without the times. */
  async history(run: string): Promise<{ val: string; train: string }> {
    const rows = await readCsv(this.runFile(run, "train.csv"));
    const timeless = rows.map(({ imagesPerSecond: _, ...row }: CsvRow) => row);
    return {
      val: await Deno.readTextFile(this.runFile(run, "val.csv")),
      train: stringify(timeless, { header: true }),
    };
  }
}

/** A process under way. */
export class Started {
  readonly #child: Deno.ChildProcess;
  readonly #output: Promise<Deno.CommandOutput>;

  constructor(
    cwd: string,
    args: string[],
    options: { detached?: boolean; env?: Record<string, string> } = {},
  ) {
    const piped = { stdin: "null", stdout: "piped", stderr: "piped" } as const;
    const env = { NO_COLOR: "1", ...options.env };
    this.#child = new Deno.Command(Deno.execPath(), { args, cwd, ...piped, ...options, env })
      .spawn();
    this.#output = this.#child.output();
  }

  get status(): Promise<Deno.CommandStatus> {
    return this.#child.status;
  }

  kill(signal: Deno.Signal): void {
    this.#child.kill(signal);
  }

  /** Sends a signal to the process's whole group, as a terminal does at Ctrl-C. */
  killGroup(signal: Deno.Signal): void {
    Deno.kill(-this.#child.pid, signal);
  }

  /** Waits for its end. */
  async end(): Promise<ProgramResult> {
    const { code, signal, stdout, stderr } = await this.#output;
    const decoder = new TextDecoder();
    return { code, signal, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr) };
  }
}

/** Makes a project for the time of a test. */
export async function withProject(work: (project: Project) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    for (const name of LINKED) await Deno.symlink(join(PROJECT, name), join(folder, name));
    await work(new Project(folder));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
