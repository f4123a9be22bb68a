import { assertEquals, assertStringIncludes } from "@std/assert";
import { runDeno, runModule } from "./_program.ts";

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
