import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { BlobReader, ZipReader } from "@zip.js/zip.js";
import sharp from "sharp";
import { BENCHMARK_SIZE, CITYSCAPES, decodeLabels } from "../../lib/mod.ts";
import { type Project, TINY, withProject } from "../runs/_project.ts";

async function train(project: Project, more: string[] = []): Promise<void> {
  const args = [...TINY, "--epochs", "1", "--run", "small", ...more];
  const { code, stderr } = await project.task("train", args);
  assertEquals(code, 0, stderr);
}

async function namesIn(zip: string): Promise<string[]> {
  const reader = new ZipReader(new BlobReader(new Blob([await Deno.readFile(zip)])));
  const entries = await reader.getEntries();
  await reader.close();
  return entries.map(({ filename }) => filename).sort();
}

Deno.test("submit makes the benchmark's package, goes on after Ctrl-C, and draws a contact sheet", () =>
  withProject(async (project) => {
    await project.draw("scenes", { train: 8, val: 9 });
    await train(project);
    const args = ["--format", "cityscapes", "--run", "small", "--split", "val"];
    const folder = project.path("data", "submissions", "small-cityscapes-val");
    const predictions = `${folder}/predictions`;
    const first = project.start("submit", args);
    while (count(predictions) < 2) await new Promise((resolve) => setTimeout(resolve, 3));
    first.kill("SIGINT");
    assertEquals((await first.end()).code, 130);
    const before = count(predictions);
    assert(before < 9);

    const second = await project.task("submit", args);
    assertEquals(second.code, 0, second.stderr);
    assertStringIncludes(
      second.stdout,
      `9 predictions (${before} of them were there already) follow the benchmark's rules`,
    );
    const names = await namesIn(`${folder}/predictions.zip`);
    assertEquals(names.length, 9);
    assertEquals(names[0], "ulmenrode_000000_000019_labelIds.png");
    const { ids, ...size } = await decodeLabels(`${predictions}/${names[0]}`);
    assertEquals(size, BENCHMARK_SIZE);
    const known = new Set(CITYSCAPES.classes.map(({ id }) => id));
    assert(ids.every((id) => known.has(id)));
    const sheet = await sharp(`${folder}/contact_sheet.png`).metadata();
    assert(sheet.width > 6 * 256 && sheet.height > 3 * 128);

    // Other weights: nothing of before may stay.
    const trained = await project.task("train", ["--run", "small", "--resume", "--epochs", "2"]);
    assertEquals(trained.code, 0, trained.stderr);
    const last = [...args, "--checkpoint", "last"];
    const third = await project.task("submit", last);
    assertStringIncludes(third.stdout, "9 predictions follow the benchmark's rules");
    assertStringIncludes(third.stdout, "Predictions of other weights or images were there");

    // What a full disk or a power cut leaves.
    const [damaged, absent] = [names[3], names[5]].map((name) => `${predictions}/${name}`);
    await Deno.truncate(damaged!, 500);
    await Deno.remove(absent!);
    const fourth = await project.task("submit", last);
    assertStringIncludes(fourth.stdout, "9 predictions (7 of them were there already) follow");
  }));

function count(folder: string): number {
  try {
    return [...Deno.readDirSync(folder)].filter(({ name }) => !name.startsWith(".")).length;
  } catch {
    return 0;
  }
}

Deno.test("submit makes the course's package and a contact sheet", () =>
  withProject(async (project) => {
    await project.draw();
    await train(project);
    const args = ["--format", "codalab", "--run", "small"];
    const { code, stdout, stderr } = await project.task("submit", args);
    assertEquals(code, 0, stderr);
    const folder = "data/submissions/small-codalab";
    assertStringIncludes(stdout, `Upload ${folder}/submission.zip`);
    const names = await namesIn(project.path(folder, "submission.zip"));
    assertEquals(names, ["model.pth", "model.py", "process_data.py"]);
    assertEquals((await sharp(project.path(folder, "contact_sheet.png")).metadata()).format, "png");

    // The package does not need the frames.
    await Deno.remove(project.path("scenes"), { recursive: true });
    await Deno.remove(project.path(folder), { recursive: true });
    const without = await project.task("submit", args);
    assertEquals(without.code, 0, without.stderr);
    assertStringIncludes(without.stderr, "note: no contact sheet: Cannot read the split val");
    const left = [...Deno.readDirSync(project.path(folder))].map(({ name }) => name);
    assertEquals(left.sort(), ["made_of.txt", "submission.zip"]);
  }));

Deno.test("submit says what is wrong", () =>
  withProject(async (project) => {
    await project.draw();
    await train(project, ["--model", "passthrough"]);
    const submit = (...args: string[]) => project.task("submit", ["--run", "small", ...args]);
    const noFormat = await submit();
    assertEquals(noFormat.code, 2);
    assertStringIncludes(noFormat.stderr, "--format <name>");
    const noTest = await submit("--format", "cityscapes");
    assertEquals(noTest.code, 1);
    assertStringIncludes(noTest.stderr, "error: Cannot read the split test of cityscapes");
    await Deno.mkdir(project.path("mine"));
    await Deno.writeTextFile(project.path("mine", "submission.zip"), "another's");
    const others = await submit("--format", "codalab", "--out", "mine");
    assertEquals(others.code, 1);
    assertEquals(await Deno.readTextFile(project.path("mine", "submission.zip")), "another's");
    await Deno.mkdir(project.path("mine", "predictions"));
    const taken = await submit("--format", "cityscapes", "--split", "val", "--out", "mine");
    assertEquals(taken.code, 1);
    assertStringIncludes(
      taken.stderr,
      "error: Cannot write a package into mine: expected an empty",
    );
  }));
