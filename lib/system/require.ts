/**
 * Checks an argument that is one of a few.
 *
 * @param doing What cannot be done otherwise, such as `"train"`.
 * @param what Which argument it is, such as `"a schedule"`.
 * @throws {RangeError} naming all that.
 */
export function requireOneOf(
  doing: string,
  what: string,
  { allowed, given }: { allowed: readonly unknown[]; given: unknown },
): void {
  if (allowed.includes(given)) return;
  throw new RangeError(
    `Cannot ${doing}: expected ${what} of ${allowed.join(", ")}, got ${given}`,
  );
}

/**
 * Checks an argument that is a whole number.
 *
 * @param doing What cannot be done otherwise, such as `"train"`.
 * @param what Which argument it is, such as `"a batch"`.
 * @throws {RangeError} naming all that.
 */
export function requireWhole(
  doing: string,
  what: string,
  { least, given }: { least: number; given: number },
): void {
  if (Number.isSafeInteger(given) && given >= least) return;
  throw new RangeError(
    `Cannot ${doing}: expected a whole number of ${least} or more as ${what}, got ${given}`,
  );
}
