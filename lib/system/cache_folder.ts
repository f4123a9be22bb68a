import { join } from "node:path";

/**
 * The folder where this project keeps what it fetched for this user.
 *
 * @returns `$XDG_CACHE_HOME/denoscapes`, or else `~/Library/Caches/denoscapes` on macOS and
 *   `~/.cache/denoscapes` elsewhere. It need not exist yet.
 * @throws {Error} where no home folder is set.
 */
export function cacheFolder(): string {
  const base = Deno.env.get("XDG_CACHE_HOME");
  if (base) return join(base, "denoscapes");
  const home = Deno.env.get("HOME");
  if (!home) {
    throw new Error(
      "Cannot choose a cache folder: neither HOME nor XDG_CACHE_HOME is set",
    );
  }
  return Deno.build.os === "darwin"
    ? join(home, "Library", "Caches", "denoscapes")
    : join(home, ".cache", "denoscapes");
}
