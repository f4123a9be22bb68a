import { assert, assertEquals, assertMatch } from "@std/assert";
import { FRAMES, withProject } from "../runs/_project.ts";

Deno.test("prepare packs each split once and says so", () =>
  withProject(async (project) => {
    await project.draw();
    const args = ["--data", "cityscapes", "--root", "scenes", "--size", "32x16"];
    const lines = `train: ${FRAMES.train} frames at 32x16\nval: ${FRAMES.val} frames at 32x16\n`;
    const first = await project.task("prepare", args);
    assertEquals([first.code, first.stdout], [0, lines]);
    assertMatch(first.stderr, /^Preparing frames\s+8 %\s+1\/12 frames$/m);
    const sets = [...Deno.readDirSync(project.path("data", "prepared"))].map(({ name }) => name);
    assertEquals(sets.length, 2);
    for (const name of sets) {
      assertMatch(name, /^cityscapes-(train|val)-32x16-nearest-[0-9a-f]{8}$/);
    }
    const second = await project.task("prepare", args);
    assertEquals([second.code, second.stdout, second.stderr], [0, lines, ""]);
    const area = await project.task("prepare", [...args, "--split", "val", "--images", "area"]);
    assertEquals([area.code, area.stdout], [0, `val: ${FRAMES.val} frames at 32x16\n`]);
  }));

Deno.test("prepare draws the synthetic dataset where there is none", () =>
  withProject(async (project) => {
    const args = ["--frames", "2", "--frame-size", "32x16", "--size", "16x8"];
    const first = await project.task("prepare", args);
    assertEquals([first.code, first.stdout], [
      0,
      "train: 2 frames at 16x8\nval: 60 frames at 16x8\n",
    ]);
    assert((await Deno.stat(project.path("data/synthetic/gtFine/val/ulmenrode"))).isDirectory);
  }));
