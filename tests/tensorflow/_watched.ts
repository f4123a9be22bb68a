// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => unknown;

/**
 * Sees the calls of a method meanwhile.
 *
 * @param prototype Whose method it is.
 * @param see Is told of each call before it is made: of what object, and with what.
 * @returns What the work gives.
 */
export function watched<T extends Record<K, Method>, K extends string, R>(
  prototype: T,
  method: K,
  see: (of: T, ...args: Parameters<T[K]>) => void,
  work: () => R,
): R {
  const original = prototype[method];
  prototype[method] = function (this: T, ...args: Parameters<T[K]>) {
    see(this, ...args);
    return original.apply(this, args);
  } as T[K];
  try {
    return work();
  } finally {
    prototype[method] = original;
  }
}
