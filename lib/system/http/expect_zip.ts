import { HttpFailure } from "./http_failure.ts";

/** How many first bytes tell a zip. */
export const ZIP_HEAD_BYTES = 4;
/** How a zip's end record begins, and how far from the end it can be (the .ZIP specification, 4.3.16). */
const END_RECORD = [0x50, 0x4b, 0x05, 0x06], END_RECORD_BYTES = 22, MAX_COMMENT_BYTES = 65_535;

/**
 * Refuses what does not begin as a zip does.
 *
 * @param head The first bytes.
 * @param options What the server said that it is, and what the errors call the address.
 * @throws {HttpFailure}
 */
export function expectZipHead(
  head: Uint8Array,
  { contentType, shown }: { contentType: string | null; shown: string },
): void {
  if (head[0] === 0x50 && head[1] === 0x4b) return;
  const isPage = contentType?.includes("text/html") ||
    new TextDecoder().decode(head).startsWith("<");
  throw new HttpFailure(
    `Cannot download ${shown}: expected a zip, got ` +
      (isPage
        ? "an HTML page (a log-in page?); check that the link leads to the file itself"
        : `something else${contentType ? ` (${contentType})` : ""}`),
  );
}

/** Whether a file ends as a zip does: where a server gives no size, nothing else tells. */
export async function endsAsZip(path: string): Promise<boolean> {
  using file = await Deno.open(path);
  const { size } = await file.stat();
  const length = Math.min(size, END_RECORD_BYTES + MAX_COMMENT_BYTES);
  await file.seek(size - length, Deno.SeekMode.Start);
  const tail = new Uint8Array(length);
  for (let done = 0; done < length;) done += await file.read(tail.subarray(done)) ?? length;
  for (let at = length - END_RECORD_BYTES; at >= 0; at--) {
    if (END_RECORD.every((byte, i) => tail[at + i] === byte)) return true;
  }
  return false;
}
