import { join } from "node:path";
import { plotlyScript } from "../plot/mod.ts";
import { cacheFolder, virtualEnvironment, writeAtomically } from "../system/mod.ts";
import { PLOTLY_PATH } from "./plot.ts";
import { CONNECTION_FILE } from "./stop_button.ts";

const VERSION = "4.6.6";
/** What runs notebooks; `jupyterlab` brings what it needs itself. */
const PACKAGES = [`jupyterlab==${VERSION}`, "nbclient==0.11.0", "nbconvert==7.17.2"];
const OLDEST_PYTHON = [3, 10] as const;
/** The name that notebooks know the kernel by. */
export const KERNEL = "denoscapes";

/** A project's own Jupyter: nothing of it is seen by another one of the user's, nor the reverse. */
export interface Jupyter {
  /** The Python that has it. */
  python: string;
  /** The variables to run it with. */
  env: Record<string, string>;
  /** The folder whose files it serves below `static/`. */
  static: string;
}

/** Options of {@linkcode setUpJupyter}. */
export interface SetUpJupyterOptions {
  /** Hears that packages are being fetched. */
  onInstall?: () => void;
  signal?: AbortSignal | undefined;
}

/**
 * Makes or reuses JupyterLab in a virtual environment in the cache, and gives a project its kernel,
 * its settings, and a copy of plotly.js to serve.
 *
 * @param project The project's folder, in which the kernel will work.
 * @throws {Error} with what Python or pip said last.
 */
export async function setUpJupyter(
  project: string,
  options: SetUpJupyterOptions = {},
): Promise<Jupyter> {
  const python = await virtualEnvironment({
    folder: join(cacheFolder(), `jupyterlab-${VERSION}`),
    installs: [PACKAGES],
    python: OLDEST_PYTHON,
  }, options);
  const home = join(project, "data", "jupyter");
  await writeKernelSpec(join(home, "data", "kernels", KERNEL), project);
  const app = join(python, "..", "..", "share", "jupyter", "lab");
  await writeFile(join(app, "settings", "overrides.json"), JSON.stringify(DEFAULTS));
  await writeFile(join(home, PLOTLY_PATH), await plotlyScript());
  const env = {
    JUPYTER_DATA_DIR: join(home, "data"),
    JUPYTER_CONFIG_DIR: join(home, "config"),
    JUPYTER_RUNTIME_DIR: join(home, "runtime"),
    JUPYTERLAB_SETTINGS_DIR: join(home, "settings"),
    JUPYTERLAB_WORKSPACES_DIR: join(home, "workspaces"),
    IPYTHONDIR: join(home, "ipython"),
  };
  return { python, env, static: join(home, "static") };
}

/**
 * The kernel: the Deno that is running, working in the project's folder wherever the notebook is. Its
 * interrupts are signals, which the library hears (see `stop_button.ts`); they are ignored until it
 * is imported, for they would end the kernel.
 */
async function writeKernelSpec(folder: string, project: string): Promise<void> {
  const script = `trap "" INT; cd "$1" && export ${CONNECTION_FILE}="$2" && ` +
    'exec "$0" jupyter --kernel --conn "$2"';
  const spec = {
    argv: ["/bin/sh", "-c", script, Deno.execPath(), project, "{connection_file}"],
    display_name: "Denoscapes",
    language: "typescript",
    interrupt_mode: "signal",
    env: { DENO_NO_UPDATE_CHECK: "1" },
  };
  await writeFile(join(folder, "kernel.json"), JSON.stringify(spec, null, 2));
}

/**
 * JupyterLab's defaults where they differ here; what the user sets goes before them. It shall not ask
 * whether it may fetch news, nor which kernel to take when a cell is run before the kernel is there.
 */
const DEFAULTS = {
  "@jupyterlab/apputils-extension:notification": { fetchNews: "false", checkForUpdates: false },
  "@jupyterlab/notebook-extension:tracker": { autoStartDefaultKernel: true },
};

async function writeFile(path: string, text: string): Promise<void> {
  await Deno.mkdir(join(path, ".."), { recursive: true });
  await writeAtomically(path, text);
}
