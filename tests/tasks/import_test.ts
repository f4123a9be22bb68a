import { assertEquals, assertStringIncludes } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type SafeTensor } from "../../lib/mod.ts";
import { type Project, TINY, withProject } from "../runs/_project.ts";

async function trained(project: Project): Promise<string> {
  await project.draw();
  const args = [...TINY, "--epochs", "1", "--run", "ours"];
  const { code, stderr } = await project.task("train", args);
  assertEquals(code, 0, stderr);
  return project.runFile("ours", "checkpoints/best.safetensors");
}

const DATA = ["--data", "cityscapes", "--root", "scenes", "--size", "64x32"];

async function changed(
  path: string,
  to: string,
  change: (tensors: Map<string, SafeTensor>) => Map<string, SafeTensor>,
): Promise<void> {
  const { tensors } = decodeSafetensors(await Deno.readFile(path));
  const file = encodeSafetensors({ tensors: change(tensors), metadata: { format: "pt" } });
  await Deno.writeFile(to, file);
}

Deno.test("import makes a run of PyTorch's weights, whose scores are those of the same run here", () =>
  withProject(async (project) => {
    const checkpoint = await trained(project);
    // As torch.compile names them, and without what this library notes beside the weights.
    await changed(
      checkpoint,
      project.path("w.safetensors"),
      (tensors) =>
        new Map(tensors.entries().map(([name, tensor]) => [`_orig_mod.${name}`, tensor])),
    );
    const args = ["--run", "theirs", "--weights", "w.safetensors", ...DATA];
    const { code, stdout, stderr } = await project.task("import", args);
    assertEquals(code, 0, stderr);
    assertStringIncludes(stdout, "a U-Net of width 4 and depth 2 for 19 classes; the run is in");
    const scores = await Promise.all(["ours", "theirs"].map(async (run) => {
      const json = project.path(`${run}.json`);
      const result = await project.task("evaluate", ["--run", run, "--json", json]);
      assertEquals(result.code, 0, result.stderr);
      return JSON.parse(await Deno.readTextFile(json)).confusionMatrix;
    }));
    assertEquals(scores[0], scores[1]);

    const resumed = await project.task("train", ["--run", "theirs", "--resume", "--epochs", "1"]);
    assertEquals(resumed.code, 1);
    assertStringIncludes(resumed.stderr, "it has no optimizer's state");
    const again = await project.task("import", args);
    assertEquals(again.code, 1);
    assertStringIncludes(again.stderr, "Cannot start the run theirs");
  }));

Deno.test("import says what is wrong with a file, and makes no run of it", () =>
  withProject(async (project) => {
    const checkpoint = await trained(project);
    const write = (change: (tensors: Map<string, SafeTensor>) => void) =>
      changed(checkpoint, project.path("w.safetensors"), (tensors) => {
        change(tensors);
        return tensors;
      });
    const refused = async (error: string, more: string[] = DATA) => {
      const args = ["--run", "theirs", "--weights", "w.safetensors", ...more];
      const { code, stderr } = await project.task("import", args);
      assertEquals(code, 1);
      assertStringIncludes(stderr, error);
      assertEquals(stderr.trim().split("\n").length, 1);
    };
    await refused("error: Cannot load w.safetensors: there is no such file");
    await Deno.writeTextFile(project.path("w.safetensors"), "PK\x03\x04 as torch.save writes");
    await refused("it is in PyTorch's own format, expected safetensors; in Python:");
    await write((tensors) => tensors.delete("out.weight"));
    await refused("it is of another network, which has no out.weight");
    await write((tensors) => tensors.delete("c.1.3.weight"));
    await refused("c.1.3.weight is missing, expected [4, 4, 3, 3]");
    await write((tensors) => tensors.set("head.weight", tensors.get("out.bias")!));
    await refused("it is of another model, which has head.weight");
    await write((tensors) => (tensors.get("out.bias")!.data as Float32Array)[0] = NaN);
    await refused("its out.bias has values that are no numbers");
    // It must not be built to be found out.
    const wide = { data: new Float32Array(4096 * 27), shape: [4096, 3, 3, 3] };
    await write((tensors) => tensors.set("d.0.0.weight", wide));
    await refused("mid.3.weight is [16, 16, 3, 3], expected [16384, 16384, 3, 3]");
    await write(() => {});
    await refused("it tells 19 classes apart, camvid has 11", ["--data", "camvid"]);
    await refused("expected a width and a height that 4 divides", [...DATA, "--size", "66x32"]);
    const bytes = await Deno.readFile(project.path("w.safetensors"));
    await Deno.writeFile(project.path("w.safetensors"), bytes.subarray(0, 9000));
    await refused("it is cut short: 9000 of ");
    assertEquals([...Deno.readDirSync(project.path("data", "runs"))].length, 1);
  }));
