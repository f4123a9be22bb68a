// Opens the assignment in JupyterLab:
//   deno task lab [--help]

import { runDeno } from "./_run_deno.ts";
import { setUpJupyter } from "../lib/mod.ts";
import { command, run, wholeNumber } from "./_command.ts";

const FIRST_PORT = 8888;

const lab = command(
  "lab",
  "Opens the assignment in JupyterLab with the kernel of this project. The first time it fetches " +
    "JupyterLab and TensorFlow; your own Jupyter is left alone. Ctrl-C ends it.",
)
  .argument("[notebook]", "the notebook to open", "notebooks/assignment.ipynb")
  .option(
    "--port <n>",
    "the port to serve at; the next free one is taken",
    wholeNumber(1),
    FIRST_PORT,
  )
  .option("--no-browser", "open no browser, only print the address");

await run(lab, async (signal) => {
  const { port, browser } = lab.opts<{ port: number; browser: boolean }>();
  const notebook = lab.processedArgs[0] as string;
  await checkNotebook(notebook);
  const project = Deno.cwd();
  const settingUp = setUpJupyter(project, {
    onInstall: () => console.log("fetching JupyterLab into an environment of its own, once"),
    signal,
  });
  const [jupyter, code] = await Promise.all([settingUp, runDeno(["task", "doctor", "--fetch"])]);
  if (code !== 0) throw new Error("Cannot train on this machine, see above");
  signal.throwIfAborted();
  const { static: staticFolder, python, env } = jupyter;
  const server = new Deno.Command(python, {
    args: [
      ...["-m", "jupyterlab", `--ServerApp.root_dir=${project}`, `--port=${port}`],
      ...[`--LabApp.default_url=/lab/tree/${notebook}`, "--ServerApp.answer_yes=True"],
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
  }).spawn();
  signal.addEventListener("abort", () => server.kill("SIGTERM"));
  const { success } = await server.status;
  signal.throwIfAborted();
  if (!success) throw new Error("JupyterLab ended with an error, see above");
});

async function checkNotebook(path: string): Promise<void> {
  try {
    await Deno.stat(path);
  } catch (error) {
    throw new Error(`Cannot open ${path}: ${(error as Error).message}`, { cause: error });
  }
}
