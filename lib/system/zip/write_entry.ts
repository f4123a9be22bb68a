import { dirname, join } from "node:path";
import { OversizeError } from "./archive_error.ts";
import { lstat } from "../lstat.ts";
import { removeIfThere } from "../remove_if_there.ts";

/** Whether a file of this size, and no link, is there. */
export async function isFileOf(path: string, size: number): Promise<boolean> {
  const info = await lstat(path);
  return info !== undefined && info.isFile && info.size === size;
}

/**
 * Writes a file that is there as a whole or not at all, from a stream of a known size.
 *
 * @param path The file; its folder exists.
 * @param size How many bytes are taken; at one more the stream is refused.
 * @param fill Writes the content to the stream that it is given.
 */
export async function writeEntry(
  path: string,
  size: number,
  fill: (stream: WritableStream<Uint8Array>) => Promise<unknown>,
): Promise<void> {
  const temporary = join(dirname(path), `.unpacking.tmp`);
  // Were it a link, opening it would write to where it leads.
  await removeIfThere(temporary);
  try {
    {
      using file = await Deno.open(temporary, { createNew: true, write: true });
      await fill(limited(size, (bytes) => {
        for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
      }));
    }
    await Deno.rename(temporary, path);
  } catch (error) {
    await removeIfThere(temporary);
    throw error;
  }
}

/** A stream that takes at most so many bytes. */
export function limited(
  size: number,
  write: (bytes: Uint8Array) => void,
): WritableStream<Uint8Array> {
  let done = 0;
  return new WritableStream({
    write(bytes) {
      if ((done += bytes.length) > size) throw new OversizeError();
      write(bytes);
    },
  });
}
