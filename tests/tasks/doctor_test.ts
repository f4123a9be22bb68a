import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { engine, engineInfo } from "../../lib/mod.ts";
import { type ProgramResult, runDeno } from "../_program.ts";

const IGNORE = Deno.build.os !== "linux";

/** A Python of the tests' own, with pip and without TensorFlow; it takes seconds to make. */
const PYTHON = await Deno.makeTempDir();
if (!IGNORE) await new Deno.Command("python3", { args: ["-m", "venv", PYTHON] }).output();
globalThis.addEventListener("unload", () => Deno.removeSync(PYTHON, { recursive: true }));

/** Runs the doctor with an empty cache, a Python of its own, no GPU, and what `env` sets. */
async function doctor(folder: string, env: Record<string, string> = {}): Promise<ProgramResult> {
  const bin = join(folder, "bin");
  await Deno.mkdir(bin, { recursive: true });
  await Deno.writeTextFile(join(bin, "nvidia-smi"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
  return await runDeno(["task", "--quiet", "doctor"], {
    env: {
      XDG_CACHE_HOME: join(folder, "cache"),
      PATH: `${bin}:${join(PYTHON, "bin")}:${Deno.env.get("PATH")}`,
      PYTHONPATH: "",
      ...env,
    },
  });
}

/** A folder for `PYTHONPATH` with a package tensorflow whose libraries `put` puts there. */
async function pythonTensorFlow(
  folder: string,
  version: string,
  put: (from: string, to: string) => Promise<void>,
): Promise<string> {
  await engine();
  const from = engineInfo()!.folder;
  const site = join(folder, "site");
  await Deno.mkdir(join(site, "tensorflow"), { recursive: true });
  await Deno.writeTextFile(join(site, "tensorflow", "__init__.py"), "");
  const info = join(site, `tensorflow-${version}.dist-info`);
  await Deno.mkdir(info);
  const metadata = `Metadata-Version: 2.1\nName: tensorflow\nVersion: ${version}\n`;
  await Deno.writeTextFile(join(info, "METADATA"), metadata);
  for (const name of ["libtensorflow_framework.so.2", "libtensorflow_cc.so.2"]) {
    await put(join(from, name), join(site, "tensorflow", name));
  }
  return site;
}

function test(name: string, work: (folder: string) => Promise<void>): void {
  Deno.test({
    name: `doctor ${name}`,
    ignore: IGNORE,
    async fn() {
      const folder = await Deno.makeTempDir();
      try {
        await work(folder);
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

test("without any TensorFlow says that pip can fetch it", async (folder) => {
  const { code, stdout } = await doctor(folder);
  assertEquals(code, 0);
  assertMatch(stdout, /- +cache: nothing fetched/);
  assertMatch(stdout, /- +python: .*python3? has no TensorFlow/);
  assertMatch(stdout, /ok +pip: .* can fetch tensorflow/);
  assertStringIncludes(stdout, "the first training fetches TensorFlow");
});

test("with a TensorFlow in Python opens that", async (folder) => {
  const site = await pythonTensorFlow(folder, "2.21.0", Deno.symlink);
  const { code, stdout } = await doctor(folder, { PYTHONPATH: site });
  assertEquals(code, 0);
  assertMatch(stdout, /ok +python: TensorFlow 2\.21\.0 of .*python3? in .*site\/tensorflow/);
  assertMatch(stdout, /ok +TensorFlow \S+ opens; devices: CPU:0/);
});

test("with a TensorFlow in Python that is too old passes it over", async (folder) => {
  const site = await pythonTensorFlow(folder, "2.15.0", Deno.symlink);
  const { code, stdout } = await doctor(folder, { PYTHONPATH: site });
  assertEquals(code, 0);
  assertMatch(stdout, /! +python: TensorFlow 2\.15\.0 .*older than 2\.16/);
  assertMatch(stdout, /ok +pip: /);
});

test("with a broken TensorFlow in Python passes it over", async (folder) => {
  const half = async (from: string, to: string) => {
    const file = await Deno.open(from);
    const bytes = new Uint8Array(1 << 20);
    await file.read(bytes);
    file.close();
    await Deno.writeFile(to, bytes);
  };
  const site = await pythonTensorFlow(folder, "2.21.0", half);
  const { code, stdout } = await doctor(folder, { PYTHONPATH: site });
  assertEquals(code, 0);
  assertMatch(
    stdout,
    /! +python: .*libtensorflow_framework.so.2 cannot be loaded: it is cut short/,
  );
  assertMatch(stdout, /ok +pip: /);
});

test("with a broken folder in the environment stops there", async (folder) => {
  await Deno.writeTextFile(join(folder, "libtensorflow_framework.so.2"), "not a library".repeat(9));
  const { code, stdout, stderr } = await doctor(folder, { DENOSCAPES_TENSORFLOW: folder });
  assertEquals(code, 1);
  assertMatch(stdout, /! +environment: .*it is not a shared library; correct it or unset it/);
  assertStringIncludes(stderr, "training cannot start");
});

test("without pip says how to get it", async (folder) => {
  const venv = join(folder, "venv");
  await new Deno.Command("python3", { args: ["-m", "venv", "--without-pip", venv] }).output();
  const PATH = `${join(venv, "bin")}:${Deno.env.get("PATH")}`;
  const { code, stdout } = await doctor(folder, { PATH });
  assertEquals(code, 1);
  assertMatch(stdout, /- +pip: .*python3? has no pip .*apt-get install python3-pip/);
});

test("without Python says to install it", async (folder) => {
  const { code, stdout } = await doctor(folder, { PATH: join(folder, "empty") });
  assertEquals(code, 1);
  assertMatch(stdout, /- +python: no Python 3 on the path/);
  assertMatch(stdout, /- +pip: no Python 3 on the path .*install python3 and pip/);
});

test("with a GPU that the TensorFlow of Python cannot use passes it over", async (folder) => {
  const site = await pythonTensorFlow(folder, "2.21.0", Deno.symlink);
  const bin = join(folder, "gpu");
  await Deno.mkdir(bin);
  const says = "#!/bin/sh\necho 'GPU 0: Test (UUID: GPU-0)'\n";
  await Deno.writeTextFile(join(bin, "nvidia-smi"), says, { mode: 0o755 });
  const PATH = `${bin}:${join(PYTHON, "bin")}:${Deno.env.get("PATH")}`;
  const { code, stdout } = await doctor(folder, { PATH, PYTHONPATH: site });
  assertEquals(code, 0);
  assertMatch(stdout, /ok +nvidia-smi lists a GPU/);
  assertMatch(stdout, /! +python: .*built without CUDA/);
  assertMatch(stdout, /ok +pip: .* can fetch tensorflow 2\.21\.0 and its CUDA libraries/);
});

test("with a Python that prints at its start still finds its TensorFlow", async (folder) => {
  const site = await pythonTensorFlow(folder, "2.21.0", Deno.symlink);
  await Deno.writeTextFile(join(site, "sitecustomize.py"), "print('hello')\n");
  const { code, stdout } = await doctor(folder, { PYTHONPATH: site });
  assertEquals(code, 0);
  assertMatch(stdout, /ok +python: TensorFlow 2\.21\.0/);
});

test("with a cache that cannot be written says so", async (folder) => {
  const file = join(folder, "file");
  await Deno.writeTextFile(file, "");
  const { code, stdout } = await doctor(folder, { XDG_CACHE_HOME: file });
  assertEquals(code, 1);
  assertMatch(stdout, /! +pip: Cannot write the cache .*set XDG_CACHE_HOME/);
});

test("works where LD_LIBRARY_PATH is set", async (folder) => {
  const { code } = await doctor(folder, { LD_LIBRARY_PATH: folder });
  assertEquals(code, 0);
});
