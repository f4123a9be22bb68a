import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "node:path";
import { type Bench, type Contender, training, type Work } from "../../tasks/bench/contenders.ts";
import { measure, quantile, type Result } from "../../tasks/bench/measure.ts";
import { bars, markdown } from "../../tasks/bench/report.ts";

const BENCH: Bench = {
  python: "python3",
  device: "cpu",
  precisions: ["fp32"],
  frames: { root: "", predictions: "", count: 0 },
  scratch: "",
  cython: false,
  bfloat16: "none",
  seconds: 1,
};
const MACHINE = { processor: "A processor", cores: 2, versions: { Deno: "2.9.6" } };

/** Writes its name into a file and prints the milliseconds that it says it took. */
function contender(folder: string, name: string, ms: number[], ours = false): Contender {
  const program = `import json; open(${
    JSON.stringify(join(folder, "order"))
  }, "a").write("${name} ")
print("first", flush=True)
print(json.dumps({"ms": ${JSON.stringify(ms)}}))`;
  return { name, ours, precision: "fp32", command: ["python3", "-c", program] };
}

function failing(name: string): Contender {
  const program = "import sys; sys.exit('one line\\nwhat is wrong')";
  return { name, ours: false, precision: "fp32", command: ["python3", "-c", program] };
}

async function withWork(
  contenders: (folder: string) => Contender[],
  use: (work: Work, folder: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await use({ name: "some work", images: 2, contenders: contenders(folder) }, folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const listeners = { onProcess: () => {}, onResults: () => Promise.resolve() };

Deno.test("the bench runs one process of each after the other, and all of that again", async () => {
  const contenders = (folder: string) => [
    contender(folder, "ours", [100, 200], true),
    contender(folder, "peer", [400]),
  ];
  await withWork(contenders, async (work, folder) => {
    const { signal } = new AbortController();
    const results = await measure(BENCH, work, { repeats: 2, signal, ...listeners });
    assertEquals(await Deno.readTextFile(join(folder, "order")), "ours peer ours peer ");
    // Two images in 100 ms are 20 a second, in 200 ms 10.
    assertEquals(results.map(({ imagesPerSecond }) => imagesPerSecond?.median), [15, 5]);
    const table = markdown(results, MACHINE);
    assertStringIncludes(table, "| ours | 15.00 (10.00–20.00) | 3.00x |");
  });
});

Deno.test("no ratio is claimed to the best of peers one of which cannot run", async () => {
  const contenders = (folder: string) => [
    contender(folder, "ours", [100], true),
    contender(folder, "peer", [400]),
    failing("another peer"),
  ];
  await withWork(contenders, async (work) => {
    const { signal } = new AbortController();
    const results = await measure(BENCH, work, { repeats: 1, signal, ...listeners });
    assertEquals(results[2]!.missing, "what is wrong");
    const table = markdown(results, MACHINE);
    assertStringIncludes(table, "| ours | 20.00 (20.00–20.00) |  |");
    assertStringIncludes(table, "| another peer | missing: what is wrong |");
  });
});

Deno.test("an interrupted bench has given what it measured, and no ratio yet", async () => {
  const contenders = (folder: string) => [
    contender(folder, "ours", [100], true),
    contender(folder, "peer", [400]),
    contender(folder, "another peer", [400]),
  ];
  await withWork(contenders, async (work, folder) => {
    const controller = new AbortController();
    let given: Result[] = [];
    const onResults = (results: Result[]) => {
      given = results;
      if (results[1]!.imagesPerSecond) controller.abort(new Error("interrupted"));
      return Promise.resolve();
    };
    const { signal } = controller;
    const options = { repeats: 1, signal, ...listeners, onResults };
    await assertRejects(() => measure(BENCH, work, options), Error, "interrupted");
    assertEquals(await Deno.readTextFile(join(folder, "order")), "ours peer ");
    const table = markdown(given, MACHINE);
    assertStringIncludes(table, "| ours | 20.00 (20.00–20.00) |  |");
    assertStringIncludes(table, "| another peer | missing: not measured yet |");
  });
});

Deno.test("the table has the loader's share of a step, of whom it is known", () => {
  const measured = {
    imagesPerSecond: { median: 4, quartiles: [3, 5] as [number, number] },
    peakMb: 9,
  };
  const results: Result[] = [
    { work: "steps", contender: "ours", ours: true, ...measured, loaderShare: 0.0123 },
    { work: "steps", contender: "peer", ours: false, ...measured },
    { work: "steps", contender: "another", ours: false, missing: "why" },
  ];
  const table = markdown(results, MACHINE);
  assertStringIncludes(table, "| s to the first | loader | peak MB |");
  assertStringIncludes(table, "|  | 1.23 % | 9 |");
  assertStringIncludes(table, "| another | missing: why | | | | |");
});

Deno.test("where nobody can run there is a table and no picture", () => {
  const results: Result[] = [{ work: "steps", contender: "ours", ours: true, missing: "why" }];
  assertStringIncludes(markdown(results, MACHINE), "| ours | missing: why |");
  assertEquals(bars(results), undefined);
});

Deno.test("a quantile lies between the values next to it", () => {
  assertEquals(quantile([4, 1, 3, 2], 0.5), 2.5);
  assertEquals(quantile([4, 1, 3, 2], 0), 1);
  assertEquals(quantile([10, 20], 0.25), 12.5);
});

Deno.test("the bench says where float32 takes the place of a slower bfloat16", () => {
  const names = (bfloat16: Bench["bfloat16"]) =>
    training({ ...BENCH, precisions: ["bf16"], bfloat16 }, 16, 1).contenders
      .map(({ name, missing }) => [name, missing !== undefined]);
  assertEquals(names("fast").slice(0, 2), [
    ["denoscapes compiled, bf16", false],
    ["PyTorch eager, bf16", false],
  ]);
  assertEquals(names("slow").slice(0, 2), [
    ["denoscapes compiled, bf16 (computed in fp32)", false],
    ["PyTorch eager, bf16", false],
  ]);
  assertEquals(names("none").slice(0, 2), [
    ["denoscapes compiled, bf16", true],
    ["PyTorch eager, bf16", true],
  ]);
});
