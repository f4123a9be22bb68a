import { assertEquals, assertLess, assertStringIncludes } from "@std/assert";
import sharp from "sharp";
import { CITYSCAPES, decodeImage, decodeLabels, engine, engineInfo } from "../../lib/mod.ts";
import { type Project, TINY, withProject } from "../runs/_project.ts";

const NAMES = ["deeper/wide.png", "small.png"];

async function predict(
  project: Project,
  out: string,
  as: string,
  more: string[] = [],
): Promise<string> {
  const args = ["--run", "p", "--images", "photos", "--out", out, "--as", as, ...more];
  const { code, stdout, stderr } = await project.task("predict", args);
  assertEquals(code, 0, stderr);
  assertStringIncludes(stdout, `2 predictions in ${out}, `);
  return stderr;
}

Deno.test("predict writes label ids, train ids and colours at the images' own sizes", () =>
  withProject(async (project) => {
    await project.draw();
    const args = [...TINY, "--model", "passthrough", "--epochs", "1", "--run", "p"];
    const { code, stderr } = await project.task("train", args);
    assertEquals(code, 0, stderr);
    const scene = "scenes/leftImg8bit/val/ulmenrode/ulmenrode_000000_000019_leftImg8bit.png";
    await Deno.mkdir(project.path("photos", "deeper"), { recursive: true });
    const image = sharp(project.path(scene));
    await image.clone().resize(50, 37, { fit: "fill" }).toFile(project.path("photos", "small.jpg"));
    await image.clone().resize(97, 40, { fit: "fill" }).ensureAlpha()
      .toFile(project.path("photos", "deeper", "wide.png"));
    for (const as of ["labelIds", "trainIds", "colors"]) await predict(project, `out/${as}`, as);

    // A Passthrough convolves once: what is rounded to 8 bits seldom changes the class.
    await engine();
    const said = await predict(project, "out/rounded", "trainIds", ["--precision", "bf16"]);
    assertEquals(said.includes("are computed in fp32"), engineInfo()!.bfloat16 !== "fast");

    const sizes: [width: number, height: number][] = [];
    for (const name of NAMES) {
      const { ids, width, height } = await decodeLabels(project.path("out/trainIds", name));
      const rounded = await decodeLabels(project.path("out/rounded", name));
      const changed = ids.filter((id, i) => id !== rounded.ids[i]).length;
      assertLess(changed / ids.length, 0.05);
      const labelIds = await decodeLabels(project.path("out/labelIds", name));
      const colors = await decodeImage(project.path("out/colors", name));
      sizes.push([width, height]);
      assertEquals([...labelIds.ids], [...ids].map((id) => CITYSCAPES.classes[id]!.id));
      const expected = [...ids].flatMap((id) => CITYSCAPES.classes[id]!.color);
      assertEquals([...colors.pixels], expected);
    }
    assertEquals(sizes, [[97, 40], [50, 37]]);
  }));
