import { endianness } from "node:os";

const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const PT_LOAD = 1;
/** `e_machine` of the processors that Deno runs on. */
const MACHINES: Record<typeof Deno.build.arch, number> = {
  x86_64: 62,
  aarch64: 183,
};

/**
 * Checks that a shared library is whole and meant for this processor, without loading it: mapping a
 * truncated one kills the process with SIGBUS, which no `try` can catch.
 * Layout: the ELF-64 object file format, chapters 2 (header) and 5 (program headers).
 *
 * @param path A shared library for Linux.
 * @returns What is wrong with it, or `undefined` if it can be loaded.
 */
export function faultOfElf(path: string): string | undefined {
  using file = Deno.openSync(path);
  const size = file.statSync().size;
  const header = read(file, 0, HEADER_BYTES);
  if (!header || header.getUint32(0) !== 0x7f454c46) {
    return "it is not a shared library";
  }
  const little = endianness() === "LE";
  const machine = header.getUint16(18, little);
  if (machine !== MACHINES[Deno.build.arch]) {
    return `it is built for another processor than ${Deno.build.arch}`;
  }
  const offset = Number(header.getBigUint64(32, little));
  const count = header.getUint16(56, little);
  const table = read(file, offset, count * PROGRAM_HEADER_BYTES);
  if (!table) return `it is cut short at ${size} bytes`;
  for (let i = 0; i < count; i++) {
    const at = i * PROGRAM_HEADER_BYTES;
    if (table.getUint32(at, little) !== PT_LOAD) continue;
    const end = Number(table.getBigUint64(at + 8, little)) +
      Number(table.getBigUint64(at + 32, little));
    if (end > size) return `it is cut short: ${size} of ${end} bytes or more`;
  }
}

function read(
  file: Deno.FsFile,
  offset: number,
  length: number,
): DataView | undefined {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  for (let done = 0; done < length;) {
    const n = file.readSync(bytes.subarray(done));
    if (n === null) return undefined;
    done += n;
  }
  return new DataView(bytes.buffer);
}
