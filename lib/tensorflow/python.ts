import { lastLine, runCommand } from "../system/mod.ts";

/** The TensorFlow of a Python on this machine. */
export interface PythonTensorFlow {
  /** The package's folder, where its libraries lie. */
  folder: string;
  /** Its version, such as `"2.21.0"`. */
  version: string;
}

/** Looks a package up without importing it, which takes seconds. */
const LOOK_UP = `
import importlib.util, json, sys
from importlib.metadata import PackageNotFoundError, version
sys.path = [entry for entry in sys.path if entry]
spec = importlib.util.find_spec("tensorflow")
found = None
if spec and spec.submodule_search_locations:
    found = {"folder": list(spec.submodule_search_locations)[0], "version": "unknown"}
    for name in ("tensorflow", "tensorflow-cpu", "tensorflow-gpu", "tensorflow-macos"):
        try:
            found["version"] = version(name)
            break
        except PackageNotFoundError:
            pass
print(json.dumps(found))
`;

/** The TensorFlow that a Python would import, or `undefined` if it has none. */
export async function tensorflowOf(python: string): Promise<PythonTensorFlow | undefined> {
  const result = await runCommand(python, ["-c", LOOK_UP]);
  if (result?.code !== 0) return undefined;
  return JSON.parse(lastLine(result.stdout)) ?? undefined;
}

/** What a Python's pip says of its version, or `undefined` if it has no pip. */
export async function pipOf(python: string): Promise<string | undefined> {
  const result = await runCommand(python, ["-m", "pip", "--version"]);
  return result?.code === 0 ? lastLine(result.stdout).split(" from ")[0] : undefined;
}
