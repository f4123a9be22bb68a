import { setTimeout } from "node:timers/promises";
import pRetry, { AbortError } from "p-retry";
import { HttpFailure } from "./http_failure.ts";

/** How patient a download is. */
export interface Patience {
  /** How often in a row it is tried again without a further byte. @default {5} */
  retries?: number;
  /** The first wait before that, in ms; each further one is twice as long. @default {1000} */
  backoffMs?: number;
  /** For how long nothing may come before it counts as broken off, in ms. @default {60_000} */
  stallMs?: number;
}

/** Options of {@linkcode tryAgain}. */
export interface TryAgainOptions extends Patience {
  /** Hears of each failure that is not the last. */
  onNotice?: ((text: string) => void) | undefined;
  signal?: AbortSignal | undefined;
}

const MAX_WAIT_MS = 120_000;

/**
 * Makes a request again while it fails in a way that may pass.
 *
 * @param attempt Makes it.
 * @throws what the last attempt threw, or at once what will not pass.
 */
export async function tryAgain<T>(
  attempt: () => Promise<T>,
  options: TryAgainOptions = {},
): Promise<T> {
  const { retries = 5, backoffMs = 1000, signal } = options;
  const attemptOnce = async () => {
    try {
      return await attempt();
    } catch (error) {
      if (error instanceof HttpFailure && error.mayPass) throw error;
      // p-retry tries again after anything else but a TypeError.
      throw new AbortError(error instanceof Error ? error : String(error));
    }
  };
  return await pRetry(attemptOnce, {
    ...{ retries, minTimeout: backoffMs, maxTimeout: MAX_WAIT_MS, randomize: true },
    ...(signal && { signal }),
    onFailedAttempt: async (failed: FailedAttempt) => await waitAsAsked(failed, options),
  });
}

interface FailedAttempt {
  readonly error: Error;
  readonly retriesLeft: number;
  readonly retryDelay: number;
}

/** Tells of a failure; where the server asked for a longer wait than ours, it waits the rest. */
async function waitAsAsked(
  { error, retriesLeft, retryDelay }: FailedAttempt,
  { onNotice, signal }: TryAgainOptions,
): Promise<void> {
  if (!(error instanceof HttpFailure && error.mayPass) || retriesLeft === 0) return;
  const wait = Math.min(Math.max(error.retryAfterMs ?? 0, retryDelay), MAX_WAIT_MS);
  onNotice?.(`${error.message}; trying again in ${Math.ceil(wait / 1000)} s`);
  await setTimeout(wait - retryDelay, undefined, signal && { signal }).catch(() => {});
}
