import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type ProgramResult, runModule } from "../_program.ts";
import { emptyLibrary } from "./_elf.ts";

const IGNORE = Deno.build.os !== "linux" || Deno.build.arch !== "x86_64";

/** Fetches a build and prints the files that are cached then. */
const fetchProgram = (cuda: boolean) => `
import { buildFor } from "./lib/tensorflow/cached_build.ts";
import { fetchLibrary } from "./lib/tensorflow/fetch_library.ts";
const folder = await fetchLibrary(buildFor({ cuda: ${cuda} }));
const files = [];
function list(path, name) {
  for (const entry of Deno.readDirSync(path)) {
    const inner = name + entry.name;
    if (entry.isDirectory) list(path + "/" + entry.name, inner + "/");
    else files.push(inner);
  }
}
list(folder + "/..", "");
console.log(JSON.stringify(files.sort()));
`;
const LIBRARIES = ["tensorflow/libtensorflow_cc.so.2", "tensorflow/libtensorflow_framework.so.2"];
const CUDA_BUILD = "tensorflow-2.21.0-cuda-linux-x86_64";

interface Site {
  /** The user's cache folder. */
  cache: string;
  /** Where pip finds wheels in place of the package index. */
  wheels: string;
  fetch(env?: Record<string, string>, cuda?: boolean): Promise<ProgramResult>;
}

function test(name: string, work: (site: Site) => Promise<void>): void {
  Deno.test({
    name: `fetchLibrary() ${name}`,
    ignore: IGNORE,
    async fn() {
      const folder = await Deno.makeTempDir();
      const cache = join(folder, "cache"), wheels = join(folder, "wheels");
      await Deno.mkdir(wheels);
      const fetch = (env: Record<string, string> = {}, cuda = false) =>
        runModule(fetchProgram(cuda), {
          env: {
            XDG_CACHE_HOME: cache,
            PIP_NO_INDEX: "1",
            PIP_FIND_LINKS: wheels,
            ...env,
          },
        });
      try {
        await work({ cache, wheels, fetch });
      } finally {
        await Deno.remove(folder, { recursive: true });
      }
    },
  });
}

/** Writes a small wheel whose files are empty libraries. */
async function writeWheel(
  folder: string,
  files: string[],
  { name = "tensorflow_cpu", version = "2.21.0", requires = "" } = {},
): Promise<string> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  const info = `${name}-${version}.dist-info`;
  const texts = {
    METADATA: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n${requires}`,
    WHEEL: "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n",
    RECORD: "",
  };
  for (const [file, text] of Object.entries(texts)) {
    await zip.add(`${info}/${file}`, new Uint8ArrayReader(new TextEncoder().encode(text)));
  }
  for (const file of files) await zip.add(file, new Uint8ArrayReader(emptyLibrary()));
  const path = join(folder, `${name}-${version}-py3-none-any.whl`);
  await Deno.writeFile(path, await zip.close());
  return path;
}

async function cached(cache: string): Promise<string[]> {
  const names = await Array.fromAsync(Deno.readDir(join(cache, "denoscapes")));
  return names.map(({ name }) => name).sort();
}

const BUILD = "tensorflow-2.21.0-cpu-linux-x86_64";

test("unpacks only the libraries and leaves nothing else", async ({ cache, wheels, fetch }) => {
  await writeWheel(wheels, [...LIBRARIES, "other.txt"]);
  const { code, stdout, stderr } = await fetch();
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(JSON.parse(stdout), LIBRARIES);
  assertEquals(await cached(cache), [".lock", BUILD]);
});

test("replaces a broken cache and clears what an interrupted one left", async (site) => {
  const { cache, wheels, fetch } = site;
  await writeWheel(wheels, LIBRARIES);
  await Deno.mkdir(join(cache, "denoscapes", ".fetch-left"), { recursive: true });
  await Deno.mkdir(join(cache, "denoscapes", BUILD, "tensorflow"), { recursive: true });
  const { code, stdout } = await fetch();
  assertEquals(code, 0);
  assertEquals(JSON.parse(stdout), LIBRARIES);
  assertEquals(await cached(cache), [".lock", BUILD]);
});

test("by two processes at once succeeds in both", async ({ cache, wheels, fetch }) => {
  await writeWheel(wheels, LIBRARIES);
  const both = await Promise.all([fetch(), fetch()]);
  assertEquals(both.map(({ code }) => code), [0, 0]);
  assertEquals(both.map(({ stdout }) => JSON.parse(stdout)), [LIBRARIES, LIBRARIES]);
  assertEquals(await cached(cache), [".lock", BUILD]);
});

test("without a network says so, and how to do without", async ({ cache, fetch }) => {
  const { code, stderr } = await fetch({
    PIP_NO_INDEX: "0",
    PIP_INDEX_URL: "http://127.0.0.1:9/simple",
    PIP_RETRIES: "0",
  });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "-m pip: ERROR");
  assertStringIncludes(stderr, "DENOSCAPES_TENSORFLOW");
  assertEquals(await cached(cache), [".lock"]);
});

test("of a wheel that is cut short says so and caches nothing", async (site) => {
  const { cache, wheels, fetch } = site;
  const path = await writeWheel(wheels, LIBRARIES);
  await Deno.truncate(path, 300);
  const { code, stderr } = await fetch();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot fetch tensorflow-cpu==2.21.0");
  assertEquals(await cached(cache), [".lock"]);
});

test("does not download again what another process has fetched", async ({ wheels, fetch }) => {
  const path = await writeWheel(wheels, LIBRARIES);
  assertEquals((await fetch()).code, 0);
  await Deno.remove(path);
  assertEquals((await fetch()).code, 0);
});

test("of a wheel without the libraries caches nothing", async ({ cache, wheels, fetch }) => {
  await writeWheel(wheels, LIBRARIES.slice(1));
  const { code, stderr } = await fetch();
  assertEquals(code, 1);
  assertStringIncludes(
    stderr,
    "Cannot use the wheel of tensorflow-cpu: it has no libtensorflow_cc",
  );
  assertEquals(await cached(cache), [".lock"]);
});

test("of the CUDA build fetches the libraries that it requires too", async (site) => {
  const { cache, wheels, fetch } = site;
  const requires = [
    "Requires-Dist: absl-py>=1.0.0",
    "Requires-Dist: numpy>=1.26.0",
    'Requires-Dist: nvidia-cudnn-cu12<10.0,>=9.3; extra == "and-cuda"',
    'Requires-Dist: nvidia-cuda-nvcc-cu12<13.0,>=12.5; extra == "and-cuda"',
    "",
  ].join("\n");
  await writeWheel(wheels, LIBRARIES, { name: "tensorflow", requires });
  const cudnn = ["nvidia/cudnn/lib/libcudnn.so.9", "nvidia/cudnn/include/cudnn.h"];
  await writeWheel(wheels, cudnn, { name: "nvidia_cudnn_cu12", version: "9.4.0" });
  const nvcc = ["nvidia/cuda_nvcc/bin/ptxas", "nvidia/cuda_nvcc/nvvm/libdevice/libdevice.10.bc"];
  await writeWheel(wheels, nvcc, { name: "nvidia_cuda_nvcc_cu12", version: "12.6.0" });
  const { code, stdout, stderr } = await fetch({}, true);
  assertEquals({ code, stderr }, { code: 0, stderr: "" });
  assertEquals(JSON.parse(stdout), [...nvcc, cudnn[0], ...LIBRARIES].sort());
  const ptxas = await Deno.stat(join(cache, "denoscapes", CUDA_BUILD, nvcc[0]!));
  assertEquals(ptxas.mode! & 0o111, 0o111);
  assertEquals(await cached(cache), [".lock", CUDA_BUILD]);
});
