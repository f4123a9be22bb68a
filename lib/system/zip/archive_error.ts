import { formatBytes } from "../free_space.ts";

/** An archive or an entry of it that cannot be trusted, or used. */
export class ArchiveError extends Error {
  override readonly name = "ArchiveError";
}

/** What zip.js says, and what it means. */
const FAULTS: [RegExp, string][] = [
  [/CRC/i, "does not match its checksum: the archive is damaged, fetch it again"],
  [/overlap/i, "lies on top of another one"],
  [/out of bounds/i, "ends beyond the archive: the archive is damaged, fetch it again"],
];

/** More came out of an entry than its archive declares. */
export class OversizeError extends Error {
  override readonly name = "OversizeError";
}

/** Why an archive's directory could not be read. */
export function faultOfDirectory({ message }: Error): string {
  return /not found|not recognized|Split zip/.test(message) ? "it is cut short or no zip" : message;
}

/**
 * What went wrong while an entry was read.
 *
 * @param error What was thrown.
 * @param size How large the entry is declared to be, in bytes.
 */
export function faultOfContent(error: unknown, size: number): string {
  const { message } = error as Error;
  if (error instanceof OversizeError || /uncompressed size/i.test(message)) {
    return `does not hold the ${formatBytes(size)} that the archive declares`;
  }
  return FAULTS.find(([pattern]) => pattern.test(message))?.[1] ??
    `cannot be read: ${message}; the archive may be damaged, fetch it again`;
}
