import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { PROJECT, runDeno, runModule } from "./_program.ts";

Deno.test({
  name: "importing the library opens no TensorFlow and fetches nothing",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const cache = await Deno.makeTempDir();
    const { code, stdout, stderr } = await runModule(
      `await import("./lib/mod.ts");
       console.log(Deno.readTextFileSync("/proc/self/maps").includes("libtensorflow"));`,
      { env: { XDG_CACHE_HOME: cache } },
    );
    // Removing it fails if anything was put there.
    await Deno.remove(cache);
    assertEquals({ code, stdout, stderr }, { code: 0, stdout: "false\n", stderr: "" });
  },
});

for (const task of ["train", "doctor"]) {
  Deno.test(`deno task ${task} --help works without an engine`, async () => {
    const { code, stdout } = await runDeno(["task", "--quiet", task, "--help"], {
      env: { DENOSCAPES_TENSORFLOW: "/nonexistent" },
    });
    assertEquals(code, 0);
    assertStringIncludes(stdout, `deno task ${task}`);
  });
}

Deno.test("a project of one's own that links the library type-checks", async () => {
  const cwd = await Deno.makeTempDir();
  try {
    const imports = { denoscapes: "jsr:@denoscapes/denoscapes@^0.1.0" };
    await Deno.writeTextFile(
      join(cwd, "deno.json"),
      JSON.stringify({ links: [PROJECT], imports }),
    );
    await Deno.writeTextFile(
      join(cwd, "own.ts"),
      'import { engine, unet } from "denoscapes";\nconsole.log(unet(await engine(), 19).inputs);\n',
    );
    const { code, stderr } = await runDeno(["check", "--quiet", "own.ts"], { cwd });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
  } finally {
    await Deno.remove(cwd, { recursive: true });
  }
});
