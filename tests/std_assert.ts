// Stands in for jsr:@std/assert where the JSR registry cannot be reached: the functions of it that
// the tests use, with the same names and meaning, over node:assert. `deno task test` maps it.

import nodeAssert from "node:assert/strict";

export class AssertionError extends Error {
  override name = "AssertionError";
}

/** The message, if there is one: without it node:assert shows the difference. */
function given(message: string): [message: string] {
  return (message ? [message] : []) as unknown as [string];
}

/** Fails unless `actual` is truthy. */
export function assert(actual: unknown, message = "expected a truthy value"): asserts actual {
  if (!actual) throw new AssertionError(message);
}

/** Fails unless both are deeply equal. */
export function assertEquals<T>(actual: T, expected: T, message = ""): void {
  nodeAssert.deepStrictEqual(actual, expected, ...given(message));
}

/** Fails unless both are the same value. */
export function assertStrictEquals<T>(actual: unknown, expected: T, message = ""): void {
  nodeAssert.strictEqual(actual, expected, ...given(message));
}

/** Fails if both are deeply equal. */
export function assertNotEquals<T>(actual: T, expected: T, message = ""): void {
  nodeAssert.notDeepStrictEqual(actual, expected, ...given(message));
}

/** Fails unless the numbers differ by at most `tolerance`, 1e-7 of the expected one by default. */
export function assertAlmostEquals(
  actual: number,
  expected: number,
  tolerance = Math.abs(expected) * 1e-7 || 1e-7,
  message = `expected ${actual} to be within ${tolerance} of ${expected}`,
): void {
  if (Object.is(actual, expected)) return;
  if (!(Math.abs(actual - expected) <= tolerance)) throw new AssertionError(message);
}

/** Fails unless `actual > expected`. */
export function assertGreater<T>(actual: T, expected: T): void {
  if (!(actual > expected)) throw new AssertionError(`expected ${actual} > ${expected}`);
}

/** Fails unless `actual < expected`. */
export function assertLess<T>(actual: T, expected: T): void {
  if (!(actual < expected)) throw new AssertionError(`expected ${actual} < ${expected}`);
}

/** Fails unless `actual >= expected`. */
export function assertGreaterOrEqual<T>(actual: T, expected: T): void {
  if (!(actual >= expected)) throw new AssertionError(`expected ${actual} >= ${expected}`);
}

/** Fails unless `actual <= expected`. */
export function assertLessOrEqual<T>(actual: T, expected: T): void {
  if (!(actual <= expected)) throw new AssertionError(`expected ${actual} <= ${expected}`);
}

/** Fails unless the text contains `expected`. */
export function assertStringIncludes(actual: string, expected: string): void {
  if (!actual.includes(expected)) {
    throw new AssertionError(`expected ${JSON.stringify(actual)} to contain "${expected}"`);
  }
}

/** Fails unless the text matches. */
export function assertMatch(actual: string, expected: RegExp): void {
  if (!expected.test(actual)) {
    throw new AssertionError(`expected ${JSON.stringify(actual)} to match ${expected}`);
  }
}

// deno-lint-ignore no-explicit-any -- as in @std/assert: a class is taken whatever it is made from.
type ErrorClass<E extends Error> = new (...args: any[]) => E;

/** Fails unless `work` throws an error of the class whose message contains the text. */
export function assertThrows<E extends Error = Error>(
  work: () => unknown,
  ErrorClass: ErrorClass<E> = Error as unknown as ErrorClass<E>,
  messageIncludes = "",
): E {
  try {
    work();
  } catch (error) {
    return checkError(error, ErrorClass, messageIncludes);
  }
  throw new AssertionError("expected the function to throw");
}

/** Fails unless the promise of `work` is rejected with an error as in {@linkcode assertThrows}. */
export async function assertRejects<E extends Error = Error>(
  work: () => PromiseLike<unknown>,
  ErrorClass: ErrorClass<E> = Error as unknown as ErrorClass<E>,
  messageIncludes = "",
): Promise<E> {
  try {
    await work();
  } catch (error) {
    return checkError(error, ErrorClass, messageIncludes);
  }
  throw new AssertionError("expected the promise to be rejected");
}

function checkError<E extends Error>(
  error: unknown,
  ErrorClass: ErrorClass<E>,
  messageIncludes: string,
): E {
  if (!(error instanceof ErrorClass)) {
    throw new AssertionError(`expected an error of class ${ErrorClass.name}, got ${error}`);
  }
  assertStringIncludes(error.message, messageIncludes);
  return error;
}
