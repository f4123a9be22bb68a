import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { BAD_INPUTS } from "./_bad_inputs.ts";
import { type Project, TINY, withProject } from "./_project.ts";

/** Copies a folder with all that is in it. */
async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(join(from, name), join(to, name));
    else await Deno.copyFile(join(from, name), join(to, name));
  }
}

/** The content of every file in a folder by its path, prepared frames and locks left out. */
async function contents(folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  for await (const { name, isDirectory, isFile } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory && name !== "prepared") {
      for (const entry of await contents(path)) found.set(...entry);
    } else if (isFile && name !== ".lock") {
      found.set(path, (await Deno.readFile(path)).toBase64());
    }
  }
  return found;
}

/** Copies of what a case may spoil, in place of those that the case before has spoilt. */
async function renew(project: Project): Promise<void> {
  for (const name of ["broken", "data/runs/hurt", "camvid", "out", "data/runs/new"]) {
    await Deno.remove(project.path(name), { recursive: true }).catch(() => {});
  }
  await copy(project.path("scenes"), project.path("broken"));
  await copy(project.path("data/runs/base"), project.path("data/runs/hurt"));
}

Deno.test("bad input", (test) =>
  withProject(async (project) => {
    await project.draw();
    const made = await project.task("train", [...TINY, "--epochs", "2", "--run", "base"]);
    assertEquals(made.code, 0, made.stderr);
    for (const { name, task, args, message, code, spoil, env } of BAD_INPUTS) {
      await test.step(`deno task ${task}: ${name}`, async () => {
        await renew(project);
        await spoil?.(project);
        const before = await contents(project.folder);
        const result = await project.task(task, args, env ? { env } : {});
        assertStringIncludes(result.stderr, message);
        assertEquals(result.stderr.match(/^error: /gm)?.length, 1, result.stderr);
        assert(!/^ +at /m.test(result.stderr), `a stack trace: ${result.stderr}`);
        assertEquals(result.code, code, result.stderr);
        const after = await contents(project.folder);
        for (const [path, content] of before) {
          assert(after.get(path) === content, `${path} was changed`);
        }
      });
    }
  }));
