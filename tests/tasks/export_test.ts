import { assertEquals, assertStringIncludes } from "@std/assert";
import { fileURLToPath } from "node:url";
import { drawScene, engine, openRun, Predictor, trainedModel } from "../../lib/mod.ts";
import { runDeno } from "../_program.ts";
import { type Project, TINY, withProject } from "../runs/_project.ts";

const STOCK = fileURLToPath(new URL("../_stock_tfjs.ts", import.meta.url));
const SIZE = { width: 64, height: 32 };

/** What the run's model predicts here, and in stock tfjs on a CPU. */
async function predictions(project: Project, run: string): Promise<[Uint8Array, number[]]> {
  const pixels = drawScene(3, SIZE).image;
  const tf = await engine();
  const folder = await openRun(project.path("data", "runs"), run);
  const { model } = await trainedModel(tf, folder);
  using predictor = new Predictor(tf, model);
  const ours = await predictor.trainIds({ pixels, shape: [1, SIZE.height, SIZE.width] });
  model.dispose();

  const images = { shape: [1, SIZE.height, SIZE.width, 3], pixels: pixels.toBase64() };
  await Deno.writeTextFile(project.path("images.json"), JSON.stringify(images));
  const args = ["run", "-A", "-q", STOCK, project.path("exported"), project.path("images.json")];
  const stock = await runDeno(args);
  assertEquals(stock.code, 0, stock.stderr);
  return [ours, JSON.parse(stock.stdout.trim().split("\n").at(-1)!)];
}

for (const model of ["unet", "passthrough"]) {
  Deno.test(`what export writes of ${model}, stock tfjs predicts alike on its CPU backend`, () =>
    withProject(async (project) => {
      await project.draw();
      const args = [...TINY, "--epochs", "1", "--run", "small", "--model", model];
      const trained = await project.task("train", args);
      assertEquals(trained.code, 0, trained.stderr);
      const exported = await project.task("export", ["--run", "small", "--out", "exported"]);
      assertEquals(exported.code, 0, exported.stderr);
      assertStringIncludes(exported.stdout, "exported/model.json and exported/weights.bin");
      const names = [...Deno.readDirSync(project.path("exported"))].map(({ name }) => name);
      assertEquals(names.sort(), ["model.json", "weights.bin"]);

      const [ours, stock] = await predictions(project, "small");
      assertEquals(stock.length, ours.length);
      // A pixel whose two likeliest classes are equal up to rounding may go to either.
      const others = ours.reduce((count, id, i) => count + (id === stock[i] ? 0 : 1), 0);
      assertEquals(others <= ours.length / 1000, true);
      assertEquals(new Set(ours).size > 1, true);
    }));
}
