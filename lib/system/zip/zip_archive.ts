import { type FileEntry, ZipReader } from "@zip.js/zip.js";
import { basename, join } from "node:path";
import { ArchiveError, faultOfContent, faultOfDirectory } from "./archive_error.ts";
import { concatBytes } from "../concat_bytes.ts";
import { FileReader } from "./file_reader.ts";
import { checkRoom, formatBytes } from "../free_space.ts";
import { makeParents } from "./make_parents.ts";
import type { WorkOptions } from "../progress.ts";
import { isFileOf, limited, writeEntry } from "./write_entry.ts";
import { clashOf, faultOfEntry } from "./zip_faults.ts";

/** A file in an archive. */
export interface ArchivedFile {
  /** Its path in the archive, with slashes. */
  readonly name: string;
  /** Its size in bytes, as the archive declares it. */
  readonly size: number;
}

/** Options of {@linkcode ZipArchive.unpack}. */
export interface UnpackOptions extends WorkOptions {
  /**
   * Where a file goes, relative to the folder and with slashes; a file without an answer stays in the
   * archive.
   *
   * @default {(name) => name}
   */
  target?: (name: string) => string | undefined;
}

/**
 * A zip on disk, of any size, from a source that need not be trusted. Opening it reads its directory
 * and refuses entries with paths that lead out of a folder, links and encrypted entries.
 */
export class ZipArchive implements AsyncDisposable {
  /** Where it is. */
  readonly path: string;
  readonly #file: Deno.FsFile;
  readonly #zip: ZipReader<unknown>;
  #entries = new Map<string, FileEntry>();

  private constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
    this.#zip = new ZipReader(new FileReader(file), {
      // Names are judged here, so that the error can say which and why.
      filenameValidation: "tolerant",
      checkSignature: true,
      checkOverlappingEntry: true,
      useWebWorkers: false,
    });
  }

  /**
   * Opens an archive and judges all its entries.
   *
   * @throws {ArchiveError} if it is no zip, cut short, or has an entry that must not be unpacked; the
   *   message names both.
   */
  static async open(path: string): Promise<ZipArchive> {
    const archive = new ZipArchive(path, await Deno.open(path));
    try {
      await archive.#judge();
      return archive;
    } catch (error) {
      await archive[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Its files, in its own order. */
  get files(): ArchivedFile[] {
    return [...this.#entries].map(([name, { uncompressedSize }]) => ({
      name,
      size: uncompressedSize,
    }));
  }

  /**
   * Reads one file into memory and checks it.
   *
   * @param name One of {@linkcode ZipArchive.files}.
   * @param options `maxBytes` is the most that may be read, 256 MB by default.
   * @throws {ArchiveError} if it is damaged or too large.
   */
  async read(
    name: string,
    { maxBytes = 256e6, signal }: { maxBytes?: number } & WorkOptions = {},
  ): Promise<Uint8Array> {
    const entry = this.#entries.get(name);
    if (!entry) throw this.#error(name, "is not there");
    const size = entry.uncompressedSize;
    if (size > maxBytes) {
      throw this.#error(
        name,
        `has ${formatBytes(size)}, expected at most ${formatBytes(maxBytes)}`,
      );
    }
    const parts: Uint8Array[] = [];
    // A copy: what wrote the bytes may use its buffer again.
    await this.#extract(entry, limited(size, (bytes) => parts.push(bytes.slice())), signal);
    return concatBytes(parts);
  }

  /**
   * Writes files into a folder, each checked against its checksum. A file of the declared size that is
   * there already is kept, so that an unpacking that was broken off goes on.
   *
   * @param folder Where to; nothing is written outside of it, nor through a link in it.
   * @returns How many files of the archive are in the folder now.
   * @throws {ArchiveError} naming the archive and the entry that is wrong.
   * @throws {Error} if there is no room.
   */
  async unpack(folder: string, options: UnpackOptions = {}): Promise<number> {
    const { target = (name) => name, onProgress, signal } = options;
    const wanted = this.files.flatMap((file) => {
      const to = target(file.name);
      return to === undefined ? [] : [{ ...file, to }];
    });
    const clash = clashOf(wanted.map(({ to }) => to));
    if (clash) throw this.#error(clash.name, clash.fault);
    await Deno.mkdir(folder, { recursive: true });
    const [missing, there] = await split(
      wanted,
      ({ to, size }) => isFileOf(join(folder, to), size),
    );
    await checkRoom(`unpack ${this.path}`, { bytes: bytesOf(missing), folder });
    const task = `Unpacking ${basename(this.path)}`;
    const total = bytesOf(wanted);
    let done = bytesOf(there);
    for (const { name, to, size } of missing) {
      signal?.throwIfAborted();
      await this.#unpackFile(name, folder, to, signal);
      onProgress?.({ task, done: done += size, total, unit: "bytes" });
    }
    return wanted.length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#zip.close();
    this.#file.close();
  }

  async #unpackFile(name: string, folder: string, to: string, signal?: AbortSignal): Promise<void> {
    const entry = this.#entries.get(name)!;
    const path = await makeParents(folder, to).catch((error) => {
      throw this.#error(name, `has no safe place: ${error.message}`, error);
    });
    await writeEntry(path, entry.uncompressedSize, (out) => this.#extract(entry, out, signal));
  }

  async #extract(
    entry: FileEntry,
    out: WritableStream<Uint8Array>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    try {
      await entry.getData(out, { ...(signal && { signal }) });
    } catch (error) {
      signal?.throwIfAborted();
      throw this.#error(entry.filename, faultOfContent(error, entry.uncompressedSize), error);
    }
  }

  async #judge(): Promise<void> {
    const entries = await this.#zip.getEntries().catch((error) => {
      const reason = `${faultOfDirectory(error)}; fetch it again`;
      throw new ArchiveError(`Cannot unpack ${this.path}: ${reason}`, { cause: error });
    });
    for (const entry of entries) {
      const fault = faultOfEntry(entry);
      if (fault) throw this.#error(entry.filename, fault);
      if (this.#entries.has(entry.filename)) throw this.#error(entry.filename, "is there twice");
      if (!entry.directory) this.#entries.set(entry.filename, entry);
    }
  }

  /** Quoted: a name may hold what moves a terminal's cursor. */
  #error(name: string, fault: string, cause?: unknown): ArchiveError {
    return new ArchiveError(
      `Cannot unpack ${this.path}: its entry ${JSON.stringify(name)} ${fault}`,
      { cause },
    );
  }
}

function bytesOf(files: readonly ArchivedFile[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Those that fail a test, and those that pass it; one after the other, for there may be many. */
async function split<T>(items: T[], test: (item: T) => Promise<boolean>): Promise<[T[], T[]]> {
  const failed: T[] = [], passed: T[] = [];
  for (const item of items) (await test(item) ? passed : failed).push(item);
  return [failed, passed];
}
