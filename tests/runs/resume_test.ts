import { assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import { readCsv } from "../../lib/runs/csv_log.ts";
import { decodeSafetensors } from "../../lib/mod.ts";
import { FRAMES, type Project, TINY, withProject } from "./_project.ts";

const IGNORE = Deno.build.os === "windows"; // It has no such signals.
const TRAINING = [...TINY, "--epochs", "3", "--deterministic"];
/** In the middle of the second epoch. */
const BREAK = FRAMES.train + 2;

/** The step of a run's last checkpoint. */
async function savedStep(project: Project, run: string): Promise<number> {
  const path = project.runFile(run, "checkpoints/last.safetensors");
  const { metadata } = decodeSafetensors(await Deno.readFile(path));
  return JSON.parse(metadata.denoscapes!).step;
}

/** The step under way was finished, nothing of it is lost, and it says how to go on. */
async function assertSaved(project: Project, run: string, stdout: string): Promise<number> {
  const command = `deno task train --run ${run} --resume`;
  assertStringIncludes(stdout, `Saved; go on with it by: ${command}`);
  const { length } = await readCsv(project.runFile(run, "train.csv"));
  assertEquals(await savedStep(project, run), length);
  return length;
}

async function resume(project: Project, run: string): Promise<void> {
  const { code, stderr } = await project.task("train", ["--run", run, "--resume"]);
  assertEquals(code, 0, stderr);
}

Deno.test({
  name: "a run that was killed or interrupted and resumed is the same to the last bit",
  ignore: IGNORE,
  fn: () =>
    withProject(async (project) => {
      await project.draw();
      const whole = await project.task("train", [...TRAINING, "--run", "whole"]);
      assertEquals(whole.code, 0, whole.stderr);
      const expected = await project.history("whole");
      assertEquals(expected.train.trim().split("\n").length, 1 + 3 * FRAMES.train);
      assertEquals(expected.val.trim().split("\n").length, 1 + 3);

      const killed = project.start("train", [...TRAINING, "--run", "killed"]);
      await project.steps("killed", BREAK, killed);
      killed.kill("SIGKILL");
      assertEquals((await killed.end()).signal, "SIGKILL");
      // The steps since the last checkpoint are to be done again.
      const lost = await readCsv(project.runFile("killed", "train.csv"));
      assertLess(await savedStep(project, "killed"), lost.length);
      await resume(project, "killed");
      assertEquals(await project.history("killed"), expected);

      const interrupted = project.start("train", [...TRAINING, "--run", "interrupted"]);
      await project.steps("interrupted", BREAK, interrupted);
      interrupted.kill("SIGINT");
      const { code, stdout, stderr } = await interrupted.end();
      assertEquals(code, 130, stderr);
      assertLess(await assertSaved(project, "interrupted", stdout), 3 * FRAMES.train);
      await resume(project, "interrupted");
      assertEquals(await project.history("interrupted"), expected);
    }),
});

Deno.test({
  name: "SIGTERM saves a run and ends it with exit code 143",
  ignore: IGNORE,
  fn: () =>
    withProject(async (project) => {
      await project.draw();
      const child = project.start("train", [...TRAINING, "--run", "ended"]);
      await project.steps("ended", 2, child);
      child.kill("SIGTERM");
      const { code, stdout } = await child.end();
      assertEquals(code, 143);
      await assertSaved(project, "ended", stdout);
    }),
});

Deno.test({
  name: "Ctrl-C in a terminal, which reaches deno task and the training, saves the run",
  ignore: IGNORE,
  fn: () =>
    withProject(async (project) => {
      await project.draw();
      const child = project.startTask("train", [...TRAINING, "--run", "ended"]);
      await project.steps("ended", 2, child);
      child.killGroup("SIGINT");
      // deno task sometimes passes on what the training has got from the terminal already.
      await new Promise((resolve) => setTimeout(resolve, 10));
      child.killGroup("SIGINT");
      const { code, stdout, stderr } = await child.end();
      assertEquals(code, 130, stderr);
      await assertSaved(project, "ended", stdout);
    }),
});
