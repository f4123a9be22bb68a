import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertStringIncludes,
} from "@std/assert";
import { encode } from "fast-png";
import sharp from "sharp";
import { CAMVID, CITYSCAPES, engine, engineInfo } from "../../lib/mod.ts";
import { readCsv } from "../../lib/runs/csv_log.ts";
import { FRAMES, type Project, TINY, withProject } from "../runs/_project.ts";

const RUN_FILES = [
  "checkpoints/best.safetensors",
  "checkpoints/last.safetensors",
  "config.json",
  "curves.html",
  "curves.png",
  "predictions.png",
  "summary.json",
  "train.csv",
  "val.csv",
];

async function readJson(path: string) {
  return JSON.parse(await Deno.readTextFile(path));
}

async function succeed(project: Project, args: string[]): Promise<string> {
  const { code, stdout, stderr } = await project.task("train", args);
  assertEquals(code, 0, stderr);
  return stdout;
}

Deno.test("train fills a run's folder, which can be gone on with for longer", () =>
  withProject(async (project) => {
    await project.draw();
    const file = (name: string) => project.runFile("a", name);
    const json = project.path("results", "a.json");
    const args = [...TINY, "--epochs", "2", "--run", "a", "--json", json];
    const stdout = await succeed(project, args);
    for (const name of RUN_FILES) assert((await Deno.stat(file(name))).size > 0, name);

    assertEquals(await readJson(file("config.json")), {
      data: { name: "cityscapes", root: "scenes", val: "val" },
      frames: { size: { width: 64, height: 32 }, images: "nearest" },
      model: { name: "unet", width: 4, depth: 2 },
      training: {
        ...{ batch: 1, rate: 0.003, schedule: "cosine", warmUp: 0 },
        ...{ optimizer: "adam", momentum: 0.9, classWeights: "equal", augment: ["mirror"] },
        ...{ precision: "fp32", xla: true },
      },
      budget: { epochs: 2 },
      seed: 0,
      deterministic: false,
      device: "auto",
    });

    const train = await readCsv(file("train.csv")), val = await readCsv(file("val.csv"));
    assertEquals(
      Object.keys(train[0]!),
      ["step", "epoch", "loss", "accuracy", "lr", "imagesPerSecond"],
    );
    assertEquals(
      train.map(({ step }) => step),
      [...Array(2 * FRAMES.train).keys()].map((i) => i + 1),
    );
    const classes = CITYSCAPES.classes.map(({ name }) => name);
    const columns = ["epoch", "step", "loss", "pixelAccuracy", "miou", ...classes];
    assertEquals(Object.keys(val[0]!), columns);
    assertEquals(val.map(({ epoch, step }) => [epoch, step]), [[1, 12], [2, 24]]);

    const summary = await readJson(file("summary.json"));
    assertEquals(await readJson(json), summary);
    const best = val.reduce((a, b) => a.miou! >= b.miou! ? a : b);
    assertEquals([summary.run, summary.split, summary.steps], ["a", "val", 24]);
    assertEquals([summary.epochs, summary.bestEpoch], [2, best.epoch!]);
    // The labels have the size that was trained at.
    assertAlmostEquals(summary.miou, best.miou!, 1e-12);
    assertAlmostEquals(summary.pixelAccuracy, best.pixelAccuracy!, 1e-12);
    assertEquals(Object.keys(summary.iou), classes);
    assertEquals(Object.keys(summary.categoryIou).length, 7);
    const { confusionMatrix } = summary as { confusionMatrix: number[][] };
    assertEquals(confusionMatrix.map((row) => row.length), Array(19).fill(20));
    assertGreater(summary.imagesPerSecond, 0);
    assertGreater(summary.seconds, 0);
    assertStringIncludes(stdout, `mean IoU           ${summary.miou.toFixed(4)}`);

    const page = await Deno.readTextFile(file("curves.html"));
    for (const key of ["miou", "pixelAccuracy", "loss"]) {
      assertStringIncludes(page, `"y":${JSON.stringify(val.map((row) => row[key]))}`);
    }
    const curves = await sharp(file("curves.png")).metadata();
    assertGreater(curves.width, 400);
    // Three columns of three frames, drawn at their own size or larger.
    const { data, info } = await sharp(file("predictions.png")).raw()
      .toBuffer({ resolveWithObject: true });
    assertGreater(info.width, 3 * 64);
    assertGreater(info.height, FRAMES.val * 32);
    assertGreater(new Set(data).size, 20);

    // --minutes counts the sittings before: these are used up already.
    const minutes = String(summary.seconds / 2 / 60);
    await succeed(project, ["--run", "a", "--resume", "--minutes", minutes]);
    const after = await readJson(file("summary.json"));
    assertEquals([after.steps, after.epochs, after.miou], [24, 2, summary.miou]);
    // But for the time that saving the last checkpoint took.
    assertGreater(after.seconds, 0.9 * summary.seconds);
    // A new budget is kept for whoever goes on with the run next.
    await succeed(project, ["--run", "a", "--resume", "--epochs", "3"]);
    assertEquals((await readJson(file("config.json"))).budget, { epochs: 3 });
    const rows = (await readCsv(file("val.csv"))).map(({ epoch, step }) => [epoch, step]);
    assertEquals(rows, [[1, 12], [2, 24], [3, 36]]);
    assertGreater((await readJson(file("summary.json"))).seconds, after.seconds);
  }));

Deno.test({
  name: "one process at a time trains a run",
  ignore: Deno.build.os === "windows",
  fn: () =>
    withProject(async (project) => {
      await project.draw();
      const child = project.start("train", [...TINY, "--epochs", "1000", "--run", "busy"]);
      await project.steps("busy", 1, child);
      const second = await project.task("train", ["--run", "busy", "--resume"]);
      assertEquals(second.code, 1);
      assertStringIncludes(
        second.stderr,
        "error: Cannot train the run busy: another process is training it",
      );
      const done = (await readCsv(project.runFile("busy", "train.csv"))).length;
      await project.steps("busy", done + 3, child); // The first one goes on.
      child.kill("SIGKILL");
      await child.end();
    }),
});

/** CamVid's layout, with the two kinds of label files that sharp would convert. */
async function writeCamvid(project: Project): Promise<void> {
  const width = 40, height = 30;
  await Deno.mkdir(project.path("camvid", "train"), { recursive: true });
  await Deno.mkdir(project.path("camvid", "trainannot"));
  for (let i = 0; i < 4; i++) {
    // Rows of bands, whose colours tell the class.
    const ids = Uint8Array.from(
      { length: width * height },
      (_, p) => (Math.trunc(p / 200) + i) % 12,
    );
    const pixels = new Uint8Array(ids.length * 3);
    ids.forEach((id, p) => pixels.fill(20 * id, 3 * p, 3 * p + 3));
    const image = sharp(pixels, { raw: { width, height, channels: 3 } });
    await image.jpeg().toFile(project.path("camvid", "train", `${i}.jpg`));
    const palette = Array.from({ length: 12 }, (_, id) => [255 - id, 7 * id, id]);
    const png = i % 2 === 0
      ? encode({ width, height, channels: 1, data: ids, palette })
      : encode({ width, height, channels: 1, depth: 16, data: Uint16Array.from(ids) });
    await Deno.writeFile(project.path("camvid", "trainannot", `${i}.png`), png);
  }
}

Deno.test("train takes CamVid, labels as palettes and of 16 bits, and every other option", () =>
  withProject(async (project) => {
    await writeCamvid(project);
    const args = [
      ...["--data", "camvid", "--root", "camvid", "--val", "train", "--size", "20x15"],
      ...["--images", "area", "--model", "passthrough", "--epochs", "2", "--batch", "2"],
      ...["--lr", "0.1", "--schedule", "poly", "--warm-up", "0.5", "--optimizer", "sgd"],
      ...["--momentum", "0.8", "--class-weights", "balanced", "--seed", "7"],
      ...["--augment", "zoom", "recolor"],
      ...["--precision", "bf16", "--no-xla"],
      ...["--deterministic", "--device", "cpu", "--run", "other", "--runs", "elsewhere"],
    ];
    const stdout = await succeed(project, args);
    assertStringIncludes(stdout, "Epoch ");
    const folder = (name: string) => project.path("elsewhere", "other", name);
    assertEquals((await readJson(folder("config.json"))).training, {
      ...{ batch: 2, rate: 0.1, schedule: "poly", warmUp: 0.5 },
      ...{
        optimizer: "sgd",
        momentum: 0.8,
        classWeights: "balanced",
        augment: ["zoom", "recolor"],
      },
      ...{ precision: "bf16", xla: false },
    });
    const train = await readCsv(folder("train.csv"));
    assertEquals(train.map(({ lr }) => lr), [0, 0.05, 0.1, 0.1 * 0.5 ** 0.9]);
    const [row] = await readCsv(folder("val.csv"));
    const classes = CAMVID.classes.map(({ name }) => name);
    assertEquals(Object.keys(row!).slice(5), classes);
    assertEquals((await readJson(folder("summary.json"))).categoryIou, {});
  }));

Deno.test("train says if bfloat16 is not there or slower, and uses float32", async () => {
  await engine();
  await withProject(async (project) => {
    await project.draw();
    const args = [...TINY, "--epochs", "1", "--precision", "bf16"];
    const { code, stderr } = await project.task("train", args);
    assertEquals(code, 0, stderr);
    const { bfloat16 } = engineInfo()!;
    const reason = bfloat16 === "none"
      ? "bfloat16 needs a processor with AVX512-BF16 and TensorFlow's oneDNN"
      : "without AMX this processor is slower in bfloat16 than in float32";
    const warned = stderr.includes(`warning: ${reason}`) &&
      stderr.includes("; convolutions are computed in fp32");
    assertEquals(warned, bfloat16 !== "fast");
  });
});

for (const task of ["train", "evaluate", "predict", "prepare"]) {
  Deno.test(`deno task ${task} --help shows the usage`, () =>
    withProject(async (project) => {
      const { code, stdout, stderr } = await project.task(task, ["--help"]);
      assertEquals({ code, stderr }, { code: 0, stderr: "" });
      assertStringIncludes(stdout, `Usage: deno task ${task} `);
    }));
}
