// Opens the assignment in JupyterLab:
//   deno task lab [--help]

import { relative, resolve } from "node:path";
import { setUpJupyter } from "../lib/mod.ts";
import { command, run, wholeNumber } from "./_command.ts";

const FIRST_PORT = 8888;
/** How long JupyterLab may take to end. */
const GRACE_MS = 10_000;

const lab = command(
  "lab",
  "Opens the assignment in JupyterLab with the kernel of this project. The first time it fetches " +
    "JupyterLab and TensorFlow; your own Jupyter is left alone. Ctrl-C ends it.",
)
  .argument("[notebook]", "the notebook to open", "notebooks/assignment.ipynb")
  .option(
    "--port <n>",
    "the port to serve at; the next free one is taken",
    wholeNumber(1, 65535),
    FIRST_PORT,
  )
  .option("--no-browser", "open no browser, only print the address");

await run(lab, async (signal) => {
  const { port, browser } = lab.opts<{ port: number; browser: boolean }>();
  const notebook = lab.processedArgs[0] as string;
  const project = Deno.cwd();
  const address = await addressOf(notebook, project);
  const settingUp = setUpJupyter(project, {
    onInstall: () => console.log("fetching JupyterLab into an environment of its own, once"),
    signal,
  });
  const checking = new Deno.Command(Deno.execPath(), {
    args: ["task", "-q", "doctor", "--fetch"],
    stdin: "null",
  }).spawn();
  const [jupyter, checked] = await Promise.all([settingUp, checking.status]);
  if (!checked.success) throw new Error("Cannot train on this machine, see above");
  signal.throwIfAborted();
  const { static: staticFolder, python, env } = jupyter;
  const server = new Deno.Command(python, {
    args: [
      ...["-m", "jupyterlab", `--ServerApp.root_dir=${project}`, `--port=${port}`],
      ...[`--LabApp.default_url=/lab/tree/${address}`, "--ServerApp.answer_yes=True"],
      ...[
        "--log-level=WARN",
        "--LabApp.news_url=None",
        "--KernelSpecManager.ensure_native_kernel=False",
      ],
      `--ServerApp.extra_static_paths=${staticFolder}`,
      ...Deno.uid() === 0 ? ["--allow-root"] : [],
      ...browser ? [] : ["--no-browser"],
    ],
    env,
    stdin: "null",
    // Of Ctrl-C it shall hear once, or it would leave its kernels behind.
    detached: true,
    signal,
  }).spawn();
  let hasEnded = false;
  const kill = () => {
    if (!hasEnded) server.kill("SIGKILL");
  };
  // Now and then a thread of it stays behind, long after its kernels have ended.
  signal.addEventListener("abort", () => setTimeout(kill, GRACE_MS));
  globalThis.addEventListener("unload", kill); // A second Ctrl-C ends this process at once.
  const { success } = await server.status;
  hasEnded = true;
  signal.throwIfAborted();
  if (!success) throw new Error("JupyterLab ended with an error, see above");
});

/** A notebook's path in the project as a part of an address. */
async function addressOf(notebook: string, project: string): Promise<string> {
  try {
    await Deno.stat(notebook);
  } catch (error) {
    throw new Error(`Cannot open ${notebook}: ${(error as Error).message}`, { cause: error });
  }
  const path = relative(project, resolve(notebook));
  if (path.startsWith("..")) {
    throw new Error(`Cannot open ${notebook}: it is not in the project's folder ${project}`);
  }
  return path.split("/").map(encodeURIComponent).join("/");
}
