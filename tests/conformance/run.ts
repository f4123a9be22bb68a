// Runs the tests of tfjs-core and of tfjs-node-gpu on our engine (about 20 s):
//   deno task conformance
// Expect all to pass but those in explained.ts; the exit code is 1 if another fails, or if one of
// those no longer does.

import { Command } from "commander";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { engine, engineInfo, type TensorFlow } from "../../lib/tensorflow/mod.ts";
import { EXPLAINED } from "./explained.ts";
import { readIgnoreList } from "./ignore_list.ts";
import { silently } from "./silently.ts";
import { type Outcome, runSpecs, startJasmine } from "./specs.ts";
import { loadSuites } from "./suites.ts";
import { judge, verdictLines } from "./verdict.ts";
import { inWorkFolder } from "./work_folder.ts";

interface RunOptions {
  /** Runs only the specs with this in their full name. */
  filter?: string;
}

async function runSuites(tf: TensorFlow, options: RunOptions): Promise<Outcome> {
  const dist = dirname(fileURLToPath(import.meta.resolve("@tensorflow/tfjs-node-gpu")));
  const ignored = await readIgnoreList(join(dist, "run_tests.js"));
  return await inWorkFolder(async (folder) => {
    const environment = startJasmine();
    using suites = await loadSuites(tf, dist, { folder });
    const outcome = await runSpecs(environment, ignored, options);
    outcome.failures.unshift(...suites.failures);
    return outcome;
  });
}

/** @returns Whether all is as it should be. */
async function main(options: RunOptions): Promise<boolean> {
  // The package keeps the console's functions that it finds as it is loaded.
  const tf = await silently(() => engine());
  console.log(
    `tfjs-core ${tf.version["tfjs-core"]} and tfjs-node-gpu ${tf.version["tfjs-node"]} ` +
      `on TensorFlow ${engineInfo()?.version}`,
  );
  const outcome = await silently(() => runSuites(tf, options));
  if (outcome.passed + outcome.failures.length === 0) {
    console.log(`Cannot run specs: expected some with "${options.filter ?? ""}" in their names`);
    return false;
  }
  const verdict = judge(outcome, EXPLAINED);
  // A part of the specs cannot tell what of the rest no longer fails.
  if (options.filter !== undefined) verdict.stale = [];
  verdictLines(outcome, verdict, performance.now() / 1000).forEach((line) => console.log(line));
  return verdict.unexplained.length === 0 && verdict.stale.length === 0;
}

const program = new Command("deno task conformance")
  .description("Runs the tests of tfjs-core and of tfjs-node-gpu on our engine.")
  .helpOption("-h, --help", "show this help")
  .option("--filter <text>", "run only the specs with this text in their full name")
  .parse(Deno.args, { from: "user" });
// Exits, since the suites leave timers behind.
Deno.exit(await main(program.opts()) ? 0 : 1);
