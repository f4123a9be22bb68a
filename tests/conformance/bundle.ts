import { build, type Plugin, stop } from "esbuild";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join } from "node:path";

/** The tests are required last and late, since they register themselves for what is set up then. */
const ENTRY = `
export * as jasmineUtil from "@tensorflow/tfjs-core/dist/jasmine_util";
import "@tensorflow/tfjs-core/dist/public/chained_ops/register_all_chained_ops";
import "@tensorflow/tfjs-core/dist/register_all_gradients";
export const loadTests = () => require("@tensorflow/tfjs-core/dist/tests");
`;

/**
 * Bundles tfjs-core's own tests, which its package ships as ES modules in files that Node's loader
 * takes for CommonJS, into one CommonJS file that exports `jasmineUtil` and `loadTests`.
 *
 * @param folder Where to write it.
 * @returns Its path.
 */
export async function bundleCoreTests(folder: string): Promise<string> {
  const outfile = join(folder, "core_tests.cjs");
  try {
    await build({
      stdin: { contents: ENTRY, resolveDir: folder, loader: "js" },
      bundle: true,
      outfile,
      platform: "node",
      format: "cjs",
      logLevel: "error",
      // The package says that its tests have no side effects; believed, they would be dropped.
      ignoreAnnotations: true,
      plugins: [resolveAsDeno()],
    });
  } finally {
    await stop();
  }
  return outfile;
}

/** Lets Deno find packages, which it does not keep in folders where esbuild would look. */
function resolveAsDeno(): Plugin {
  const node = createRequire(import.meta.resolve("@tensorflow/tfjs-node-gpu"));
  const tfjs = createRequire(node.resolve("@tensorflow/tfjs"));
  const core = dirname(tfjs.resolve("@tensorflow/tfjs-core/package.json"));
  const jasmine = createRequire(import.meta.resolve("jasmine"));
  return {
    name: "resolve-as-deno",
    setup({ onResolve }) {
      onResolve({ filter: /^[^./]/ }, ({ path, importer }) => {
        const [, file] = /^@tensorflow\/tfjs-core\/(.*)$/.exec(path) ?? [];
        if (file) return { path: join(core, `${file}.js`) };
        const from = path.startsWith("jasmine") ? jasmine : createRequire(importer);
        try {
          const found = from.resolve(path);
          return isAbsolute(found) ? { path: found } : { path, external: true };
        } catch {
          return undefined; // An optional package; esbuild keeps the require, which is guarded.
        }
      });
    },
  };
}
