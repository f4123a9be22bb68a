import { createRequire } from "node:module";
import { join, relative } from "node:path";
import { answerRequires } from "../../lib/tensorflow/answer_requires.ts";
import { addonAnswers } from "../../lib/tensorflow/load_package.ts";
import type { TensorFlow } from "../../lib/tensorflow/mod.ts";
import { bundleCoreTests } from "./bundle.ts";
import type { Failure } from "./specs.ts";

/** What the bundle of tfjs-core's tests exports. */
interface CoreTests {
  jasmineUtil: { setTestEnvs(environments: unknown[]): void };
  loadTests(): void;
}

/** The environment in which tfjs-node-gpu's own runner runs tfjs-core's tests. */
const ENVIRONMENT = {
  name: "test-tensorflow",
  backendName: "tensorflow",
  flags: {},
  isDataSync: true,
};

/** Stands in for the package `tmp`, of which tfjs-node-gpu's tests use this. */
const TMP = { dirSync: () => ({ name: Deno.makeTempDirSync({ dir: Deno.cwd() }) }) };

/** Suites that were loaded; what they require is answered until this is disposed. */
export interface Suites extends Disposable {
  /** The files that could not be loaded. */
  failures: Failure[];
}

/**
 * Loads the tests of tfjs-core and of tfjs-node-gpu, which register themselves with Jasmine.
 *
 * @param tf The engine that they shall test.
 * @param dist The folder of tfjs-node-gpu's code.
 * @param options A folder to write to.
 */
export async function loadSuites(
  tf: TensorFlow,
  dist: string,
  options: { folder: string },
): Promise<Suites> {
  const bundle = await bundleCoreTests(options.folder);
  const require = createRequire(join(dist, "index.js"));
  const core: CoreTests = require(bundle);
  core.jasmineUtil.setTestEnvs([ENVIRONMENT]);
  const { binding } = tf.backend() as unknown as { binding: unknown };
  const answers = answerRequires({
    ...addonAnswers(binding),
    "@tensorflow/tfjs-core/dist/jasmine_util": core.jasmineUtil,
    tmp: TMP,
  });
  core.loadTests();
  const failures: Failure[] = [];
  for (const path of testFiles(dist)) {
    try {
      require(path);
    } catch (error) {
      failures.push({ spec: `load ${relative(dist, path)}`, message: String(error) });
    }
  }
  return { failures, [Symbol.dispose]: () => answers[Symbol.dispose]() };
}

function testFiles(folder: string): string[] {
  return Array.from(Deno.readDirSync(folder)).flatMap(({ name, isDirectory }) => {
    const path = join(folder, name);
    if (isDirectory) return testFiles(path);
    return name.endsWith("_test.js") ? [path] : [];
  }).sort();
}
