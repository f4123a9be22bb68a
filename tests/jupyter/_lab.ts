import { assertEquals } from "@std/assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { writeSyntheticDataset } from "../../lib/mod.ts";
import { exists, runCommand } from "../../lib/system/mod.ts";
import type { ProgramResult } from "../_program.ts";
import { type Project, withProject } from "../runs/_project.ts";

const ASSIGNMENT = fileURLToPath(new URL("../../notebooks/assignment.ipynb", import.meta.url));
const FRAMES = { train: 24, val: 6 };
const SIZE = { width: 256, height: 128 };
/** The longest that one training may take. */
const MINUTES = "0.1";
const START_SECONDS = 180;

/** A real `deno task lab` in a project of its own. */
export interface Lab {
  project: Project;
  /** The address of a notebook of the project. */
  url(notebook: string): string;
  /** Asks the server's API and reads the answer to its end. */
  api(path: string, request?: RequestInit): Promise<Response>;
  /** The process ids of the kernels that run, and how much memory each has, in MB. */
  kernels(): Promise<Map<number, number>>;
}

/** Options of {@linkcode withLab}. */
export interface LabOptions {
  /** Python that the server runs as its config. */
  config?: string;
}

/** Starts JupyterLab with the assignment and little data, and ends it as Ctrl-C does. */
export async function withLab(
  work: (lab: Lab) => Promise<void>,
  { config }: LabOptions = {},
): Promise<void> {
  await withProject(async (project) => {
    await Deno.mkdir(project.path("notebooks"));
    if (config) {
      const folder = project.path("data", "jupyter", "config");
      await Deno.mkdir(folder, { recursive: true });
      await Deno.writeTextFile(join(folder, "jupyter_server_config.py"), config);
    }
    await Deno.copyFile(ASSIGNMENT, project.path("notebooks", "assignment.ipynb"));
    await writeSyntheticDataset(project.path("data", "synthetic"), { frames: FRAMES, ...SIZE });
    const started = project.startTask("lab", ["--no-browser"], { DENOSCAPES_MINUTES: MINUTES });
    let ended: ProgramResult;
    try {
      const { url, token } = await server(project, started);
      await work({
        project,
        url: (notebook) => `${url}lab/tree/${notebook}?token=${token}&reset`,
        api: async (path, request) => {
          const response = await fetch(`${url}api/${path}?token=${token}`, request);
          await response.text();
          return response;
        },
        kernels: () => kernels(project.folder),
      });
    } finally {
      started.killGroup("SIGINT");
      ended = await started.end();
    }
    assertEquals(ended.code, 130, ended.stderr);
    assertEquals((await kernels(project.folder)).size, 0);
  });
}

/** Waits for the note that Jupyter leaves about itself. */
async function server(
  project: Project,
  { status }: { status: Promise<unknown> },
): Promise<{ url: string; token: string }> {
  let ended = false;
  status.finally(() => ended = true);
  const folder = project.path("data", "jupyter", "runtime");
  for (let seconds = 0; seconds < START_SECONDS && !ended; seconds += 0.5) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    if (!exists(folder)) continue;
    const names = [...Deno.readDirSync(folder)].map(({ name }) => name);
    const note = names.find((name) => /^jpserver-\d+\.json$/.test(name));
    if (note) return JSON.parse(await Deno.readTextFile(join(folder, note)));
  }
  throw new Error("deno task lab serves nothing");
}

async function kernels(folder: string): Promise<Map<number, number>> {
  const listed = await runCommand("ps", ["-eo", "pid=,rss=,args="]);
  return new Map(
    listed!.stdout.split("\n")
      .filter((line) => line.includes(" jupyter --kernel") && line.includes(folder))
      .map((line) => line.trim().split(/\s+/))
      .map(([pid, kilobytes]) => [Number(pid), Number(kilobytes) / 1000]),
  );
}
