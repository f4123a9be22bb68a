import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { exists } from "../../lib/system/mod.ts";
import { runDeno } from "../_program.ts";
import {
  type Bench,
  type Contender,
  evaluating,
  training,
  type Work,
} from "../../tasks/bench/contenders.ts";
import { measure, quantile, type Result } from "../../tasks/bench/measure.ts";
import { bars, markdown, ratioToBest, type Report } from "../../tasks/bench/report.ts";

const BENCH: Bench = {
  python: "python3",
  device: "cpu",
  precisions: ["fp32"],
  frames: { root: "", predictions: "", count: 0 },
  scratch: "/tmp",
  cython: false,
  bfloat16: "none",
  seconds: 1,
};

function report(results: Result[]): Report {
  const machine = { processor: "A processor", cores: 2, memoryGb: 8, system: "A system" };
  const measuring = { date: "2026-11-29T00:00:00Z", arguments: [], repeats: 1, seconds: 1 };
  return { machine: { ...machine, versions: { Deno: "2.9.6" } }, measuring, results };
}

/** Writes its name into a file and prints the milliseconds that it says it took. */
function contender(folder: string, name: string, ms: number[], ours = false): Contender {
  const program = `import json; open(${
    JSON.stringify(join(folder, "order"))
  }, "a").write("${name} ")
print("first", flush=True)
print(json.dumps({"ms": ${JSON.stringify(ms)}}))`;
  return { name, ours, compared: true, precision: "fp32", command: ["python3", "-c", program] };
}

function failing(name: string): Contender {
  const program = "import sys; sys.exit('one line\\nwhat is wrong')";
  return {
    name,
    ours: false,
    compared: true,
    precision: "fp32",
    command: ["python3", "-c", program],
  };
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
    const table = markdown(report(results));
    assertStringIncludes(table, "| ours | 15.00 (10.00–20.00) | 2: 15.00–15.00 | 3.00x |");
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
    const table = markdown(report(results));
    assertStringIncludes(table, "| ours | 20.00 (20.00–20.00) | 1 |  |");
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
    const table = markdown(report(given));
    assertStringIncludes(table, "| ours | 20.00 (20.00–20.00) | 1 |  |");
    assertStringIncludes(table, "| another peer | missing: not measured yet |");
  });
});

Deno.test("the table has the loader's share of a step, of whom it is known", () => {
  const measured = {
    imagesPerSecond: { median: 4, quartiles: [3, 5] as [number, number], processes: [4] },
    compared: true,
    peakMb: 9,
  };
  const results: Result[] = [
    { work: "steps", contender: "ours", ours: true, ...measured, loaderShare: 0.0123 },
    { work: "steps", contender: "peer", ours: false, ...measured },
    { work: "steps", contender: "another", ours: false, compared: true, missing: "why" },
  ];
  const table = markdown(report(results));
  assertStringIncludes(table, "| s to the first | loader | peak MB |");
  assertStringIncludes(table, "|  | 1.23 % | 9 |");
  assertStringIncludes(table, "| another | missing: why | | | | | |");
});

Deno.test("those who are all missing are told", async () => {
  const missing = (): Contender[] => [{ ...failing("ours"), ours: true, missing: "why" }];
  await withWork(missing, async (work) => {
    const { signal } = new AbortController();
    const results = await measure(BENCH, work, { repeats: 1, signal, ...listeners });
    assertEquals(results.map(({ missing }) => missing), ["why"]);
  });
});

Deno.test("the bench refuses wrong arguments before it measures", async () => {
  const folder = await Deno.makeTempDir();
  await Deno.writeTextFile(join(folder, "bench.json"), "{}");
  const refused: [args: string[], message: string][] = [
    [["--out", folder], "it has the results of another bench"],
    [["--scripts", folder], "it has no setup.py"],
    [["--python", join(folder, "python")], "it cannot be run"],
    [["--precision", "tf32", "--device", "cpu"], "Cannot measure tf32 on the cpu"],
    [["--repeats", "0"], "whole number of at least 1"],
  ];
  for (const [args, message] of refused) {
    const { code, stderr } = await runDeno(["task", "bench", ...args]);
    assertStringIncludes(stderr, message);
    assertEquals(code, 2, args.join(" "));
  }
  await Deno.remove(folder, { recursive: true });
});

Deno.test("where nobody can run there is a table and no picture", () => {
  const results: Result[] = [{
    work: "steps",
    contender: "ours",
    ours: true,
    compared: true,
    missing: "why",
  }];
  assertStringIncludes(markdown(report(results)), "| ours | missing: why |");
  assertEquals(bars(report(results)), undefined);
});

Deno.test("a quantile lies between the values next to it", () => {
  assertEquals(quantile([4, 1, 3, 2], 0.5), 2.5);
  assertEquals(quantile([4, 1, 3, 2], 0), 1);
  assertEquals(quantile([10, 20], 0.25), 12.5);
});

Deno.test("the bench says where float32 takes the place of a slower bfloat16", () => {
  const contenders = (bfloat16: Bench["bfloat16"]) =>
    training({ ...BENCH, precisions: ["bf16"], bfloat16 }, 16, 1).contenders
      .map(({ name, compared, missing }) => [name, compared && missing === undefined]);
  assertEquals(contenders("fast").slice(0, 2), [
    ["denoscapes compiled, bf16", true],
    ["PyTorch eager, bf16", true],
  ]);
  assertEquals(contenders("slow").slice(0, 2), [
    ["denoscapes compiled, bf16 (computed in fp32)", false],
    ["PyTorch eager, bf16", true],
  ]);
  assertEquals(contenders("none"), [["denoscapes compiled, bf16", false]]);
});

Deno.test("stock layers are shown and not compared with", () => {
  const { contenders } = training(BENCH, 16, 1);
  const names = contenders.filter(({ ours, compared }) => !ours && compared)
    .map(({ name }) => name);
  assertEquals(names, [
    "PyTorch eager",
    "PyTorch channels_last",
    "PyTorch compile",
    "PyTorch compile, channels_last",
  ]);
});

Deno.test("no ratio is claimed to cityscapesScripts without its extension", () => {
  const scored = { quartiles: [2, 2] as [number, number], median: 2, processes: [2] };
  const results = (cython: boolean): Result[] =>
    evaluating({ ...BENCH, cython }).contenders.map(({ name, ours, compared, missing }) => ({
      work: "evaluating",
      contender: name,
      ...{ ours, compared },
      ...missing ? { missing } : { imagesPerSecond: scored, peakMb: 9 },
    }));
  const [ours, ...peers] = results(true);
  assertEquals(ratioToBest(ours!, peers), 1);
  const [without, ...others] = results(false);
  assertEquals(ratioToBest(without!, others), undefined);
  assertStringIncludes(
    markdown(report(results(false))),
    "| cityscapesScripts with Cython | missing: it is not there, or without its extension; see --scripts |",
  );
});

Deno.test("a failure is told by its error, not by the hints after it", async () => {
  const program = (errors: string) => ["python3", "-c", `import sys; sys.exit(${errors})`];
  const errors = [
    "'Traceback\\n  some line\\nmodule.exc.NoCompiler: a | b\\nSet VERBOSE=1 for more'",
    "'warning: old\\n\\x1b[31merror: what\\x1b[0m\\n    at some line'",
    "3",
  ];
  const contenders = () =>
    [...errors.map(program), ["python3", "-c", "import os; os.kill(os.getpid(), 9)"]]
      .map((command, i) => ({ name: `${i}`, ours: false, compared: true, command }));
  await withWork(contenders, async (work) => {
    const { signal } = new AbortController();
    const results = await measure(BENCH, work, { repeats: 1, signal, ...listeners });
    assertEquals(results.map(({ missing }) => missing), [
      "module.exc.NoCompiler: a | b",
      "error: what",
      "exit code 3",
      "ended by SIGKILL",
    ]);
    assertStringIncludes(
      markdown(report(results)),
      "| 0 | missing: module.exc.NoCompiler: a \\| b |",
    );
  });
});

Deno.test("an interrupted bench leaves no process behind", async () => {
  const program = (path: string) =>
    `import os, time; open(${JSON.stringify(path)}, "w").write(str(os.getpid()))
print("first", flush=True)
time.sleep(600)`;
  const contenders = (folder: string): Contender[] => [{
    ...{ name: "sleeper", ours: false, compared: true },
    command: ["python3", "-c", program(join(folder, "pid"))],
  }];
  await withWork(contenders, async (work, folder) => {
    const controller = new AbortController();
    const measuring = measure(BENCH, work, { repeats: 1, signal: controller.signal, ...listeners });
    const path = join(folder, "pid");
    while (!exists(path) || !await Deno.readTextFile(path)) await delay(20);
    const pid = Number(await Deno.readTextFile(path));
    controller.abort(new Error("interrupted"));
    await assertRejects(() => measuring, Error, "interrupted");
    assertThrows(() => Deno.kill(pid, "SIGCONT"), Deno.errors.NotFound);
  });
});
