/**
 * Runs `work` while holding an exclusive lock on a file, so that two processes never do it at once.
 * The operating system lets go of the lock when a process ends, however it ends.
 *
 * @param path The lock file; made if it is absent, and left there.
 * @param work What to do under the lock.
 * @returns What `work` returns.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true });
  await file.lock(true);
  return await work();
}
