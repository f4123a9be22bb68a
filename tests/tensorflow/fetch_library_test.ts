import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type ProgramResult, runDeno, runModule } from "../_program.ts";

const IGNORE = Deno.build.os !== "linux" || Deno.build.arch !== "x86_64";

/** What the test's wheel holds in place of TensorFlow's libraries. */
const FETCH = `
import { buildFor, cachedBuildFolder } from "./lib/tensorflow/find_library.ts";
import { fetchLibrary } from "./lib/tensorflow/fetch_library.ts";
const folder = await fetchLibrary(buildFor({ cuda: false }));
const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
console.log(JSON.stringify(files));
`;
const LIBRARIES = ["libtensorflow_cc.so.2", "libtensorflow_framework.so.2"];

interface Site {
  /** The user's cache folder. */
  cache: string;
  /** Where pip finds wheels in place of the package index. */
  wheels: string;
  fetch(env?: Record<string, string>): Promise<ProgramResult>;
}

function test(name: string, work: (site: Site) => Promise<void>): void {
  Deno.test({
    name: `fetchLibrary() ${name}`,
    ignore: IGNORE,
    async fn() {
      const folder = await Deno.makeTempDir();
      const cache = join(folder, "cache"), wheels = join(folder, "wheels");
      await Deno.mkdir(wheels);
      const { denoDir } = JSON.parse((await runDeno(["info", "--json"])).stdout);
      const fetch = (env: Record<string, string> = {}) =>
        runModule(FETCH, {
          env: {
            XDG_CACHE_HOME: cache,
            DENO_DIR: denoDir,
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

/** Writes a small wheel under the name of TensorFlow's. */
async function writeWheel(folder: string, files: string[]): Promise<void> {
  const zip = new ZipWriter(new Uint8ArrayWriter(), { useWebWorkers: false });
  const metadata = "Metadata-Version: 2.1\nName: tensorflow-cpu\nVersion: 2.21.0\n";
  const wheel = "Wheel-Version: 1.0\nRoot-Is-Purelib: false\nTag: py3-none-any\n";
  const entries: [string, string][] = [
    ["tensorflow_cpu-2.21.0.dist-info/METADATA", metadata],
    ["tensorflow_cpu-2.21.0.dist-info/WHEEL", wheel],
    ["tensorflow_cpu-2.21.0.dist-info/RECORD", ""],
    ...files.map((name) => [`tensorflow/${name}`, name] as [string, string]),
  ];
  for (const [name, text] of entries) {
    await zip.add(name, new Uint8ArrayReader(new TextEncoder().encode(text)));
  }
  const path = join(folder, "tensorflow_cpu-2.21.0-py3-none-any.whl");
  await Deno.writeFile(path, await zip.close());
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
  assertEquals(await cached(cache), [".lock", BUILD]);
});

test("without a network says so, and how to do without", async ({ cache, fetch }) => {
  const { code, stderr } = await fetch({
    PIP_NO_INDEX: "0",
    PIP_INDEX_URL: "http://127.0.0.1:9/simple",
    PIP_RETRIES: "0",
  });
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot fetch tensorflow-cpu==2.21.0 with python3 -m pip: ERROR");
  assertStringIncludes(stderr, "DENOSCAPES_TENSORFLOW");
  assertEquals(await cached(cache), [".lock"]);
});

test("of a wheel that is cut short says so and caches nothing", async (site) => {
  const { cache, wheels, fetch } = site;
  await writeWheel(wheels, LIBRARIES);
  const path = join(wheels, "tensorflow_cpu-2.21.0-py3-none-any.whl");
  await Deno.truncate(path, 300);
  const { code, stderr } = await fetch();
  assertEquals(code, 1);
  assertStringIncludes(stderr, "Cannot fetch tensorflow-cpu==2.21.0");
  assertEquals(await cached(cache), [".lock"]);
});
