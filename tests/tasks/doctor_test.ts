import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { engine, engineInfo } from "../../lib/mod.ts";
import { type ProgramResult, runDeno } from "../_program.ts";

const IGNORE = Deno.build.os !== "linux";

/** Runs the doctor with an empty cache and what `env` sets. */
async function doctor(folder: string, env: Record<string, string> = {}): Promise<ProgramResult> {
  // The folder is also where Deno would keep its packages: it keeps the ones it has.
  const { denoDir } = JSON.parse((await runDeno(["info", "--json"])).stdout);
  return await runDeno(["task", "--quiet", "doctor"], {
    env: { XDG_CACHE_HOME: join(folder, "cache"), DENO_DIR: denoDir, ...env },
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
  const { code, stdout } = await doctor(folder, { PYTHONPATH: "" });
  assertEquals(code, 0);
  assertMatch(stdout, /- +cache: nothing fetched/);
  assertMatch(stdout, /- +python: python3 has no TensorFlow/);
  assertMatch(stdout, /ok +pip: .* can fetch tensorflow/);
  assertStringIncludes(stdout, "the first training fetches TensorFlow");
});

test("with a TensorFlow in Python opens that", async (folder) => {
  const site = await pythonTensorFlow(folder, "2.21.0", Deno.symlink);
  const { code, stdout } = await doctor(folder, { PYTHONPATH: site });
  assertEquals(code, 0);
  assertMatch(stdout, /ok +python: TensorFlow 2\.21\.0 of python3 in .*site\/tensorflow/);
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
  const { code, stdout } = await doctor(folder, { PATH, PYTHONPATH: "" });
  assertEquals(code, 1);
  assertMatch(stdout, /- +pip: python3 has no pip .*apt-get install python3-pip/);
});

test("without Python says to install it", async (folder) => {
  const bin = join(folder, "bin");
  await Deno.mkdir(bin);
  await Deno.symlink(Deno.execPath(), join(bin, "deno"));
  const { code, stdout } = await doctor(folder, { PATH: bin });
  assertEquals(code, 1);
  assertMatch(stdout, /- +python: no Python 3 on the path/);
  assertMatch(stdout, /- +pip: no Python 3 on the path .*install python3 and pip/);
});
