/** Options of {@linkcode withFileLock}. */
export interface FileLockOptions {
  /** Is called once if another process holds the lock. */
  onWait?: () => void;
  /** Ends the waiting. */
  signal?: AbortSignal | undefined;
}

const POLL_MS = 200;

/**
 * Runs `work` while holding an exclusive lock on a file, so that two processes never do it at once.
 * The operating system lets go of the lock when a process ends, however it ends.
 *
 * @param path The lock file; made if it is absent, and left there.
 * @param work What to do under the lock.
 * @returns What `work` returns.
 * @throws the signal's reason, if it fires before the lock is had.
 */
export async function withFileLock<T>(
  path: string,
  work: () => Promise<T>,
  { onWait, signal }: FileLockOptions = {},
): Promise<T> {
  using file = await Deno.open(path, { create: true, write: true });
  for (let waits = 0; !await file.tryLock(true); waits++) {
    if (waits === 0) onWait?.();
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    signal?.throwIfAborted();
  }
  return await work();
}
