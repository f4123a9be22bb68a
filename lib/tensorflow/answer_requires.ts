import Module from "node:module";

/** Node's loader, whose `_load` every `require` goes through; it is not in its types. */
interface CommonJsLoader {
  _load(request: string, parent: unknown, isMain: boolean): unknown;
}

/**
 * Answers some `require` calls of CommonJS packages with objects of ours.
 *
 * @param answers The objects, by what is required.
 * @returns What undoes it when it is disposed.
 */
export function answerRequires(answers: Record<string, unknown>): Disposable {
  const loader = Module as unknown as CommonJsLoader;
  const load = loader._load;
  loader._load = function (request, ...rest) {
    return Object.hasOwn(answers, request) ? answers[request] : load.call(this, request, ...rest);
  };
  return { [Symbol.dispose]: () => void (loader._load = load) };
}
