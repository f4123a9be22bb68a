import { assertEquals, assertRejects } from "@std/assert";
import { createRun, engine, openRun, trainRun } from "../../lib/mod.ts";
import { TINY, withProject } from "./_project.ts";

Deno.test("a run whose last scoring is interrupted can be gone on with", () =>
  withProject(async (project) => {
    await project.draw();
    const { code, stderr } = await project.task("train", [
      ...TINY,
      "--epochs",
      "1",
      "--run",
      "run",
    ]);
    assertEquals(code, 0, stderr);
    const tf = await engine(), folder = await openRun(project.path("data", "runs"), "run");
    folder.config.data.root = project.path("scenes");
    const interrupting = new AbortController();
    const interrupted = await trainRun(tf, folder, {
      resume: true,
      onProgress: ({ task }) => {
        if (task === "Evaluating") interrupting.abort();
      },
      signal: interrupting.signal,
    });
    assertEquals(interrupted, undefined);
    const summary = await trainRun(tf, folder, { resume: true });
    assertEquals(summary?.bestEpoch, 1);
    const anew = () => trainRun(tf, folder);
    await assertRejects(anew, Error, "Cannot train the run run from the beginning");
    const config = { ...folder.config, training: { ...folder.config.training, batch: 0 } };
    await assertRejects(
      () => createRun(project.path("data", "runs"), { name: "other", config }),
      RangeError,
      "training.batch: ",
    );
    await assertRejects(() => openRun(project.path("data", "runs"), "other"));
  }));
