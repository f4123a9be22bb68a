import { readNote, writeNote } from "../json_note.ts";
import { removeIfThere } from "../remove_if_there.ts";

/** What a server said of a file; it tells whether a later answer is of the same file. */
export interface FileVersion {
  /** Its address without secrets. */
  url: string;
  /** How many bytes it has, where the server said so. */
  total?: number;
  /** A mark of the address's query. */
  query?: string | undefined;
  etag?: string;
  lastModified?: string;
}

/** An address without secrets, and a mark of its query. */
export type Address = Pick<FileVersion, "url" | "query">;

/** A download on its way: `<path>.part`, and beside it what it is a part of. */
export class PartialFile {
  /** Where the bytes are. */
  readonly path: string;
  #size = 0;
  #version: FileVersion;

  private constructor(target: string, address: Address) {
    this.path = `${target}.part`;
    this.#version = { ...address };
  }

  /**
   * Finds what an earlier download left; what is of another address is removed. A query alone may
   * change, as that of a link that expires does, if the server can tell whether the file is the same.
   *
   * @param target Where the file goes when it is complete.
   * @param address Its address without secrets.
   */
  static async open(target: string, address: Address): Promise<PartialFile> {
    const part = new PartialFile(target, address);
    const version = await readNote<FileVersion>(part.#note);
    const hasValidator = version?.etag !== undefined || version?.lastModified !== undefined;
    if (version?.url === address.url && (version.query === address.query || hasValidator)) {
      part.#version = { ...version, ...address };
      part.#size = (await Deno.stat(part.path).catch(() => undefined))?.size ?? 0;
      const { total } = version;
      if (total === undefined || part.#size <= total) return part;
    }
    await part.discard();
    return part;
  }

  /** How many bytes there are. */
  get size(): number {
    return this.#size;
  }

  /** What it is a part of. */
  get version(): FileVersion {
    return this.#version;
  }

  /** Whether all bytes are there. */
  get isComplete(): boolean {
    return this.#size > 0 && this.#size === this.#version.total;
  }

  /** What asks for the rest, if the file is still the same (RFC 9110, 13.1.5 and 14.2). */
  rangeHeaders(): Record<string, string> {
    if (this.#size === 0) return {};
    const { etag, lastModified } = this.#version;
    const validator = etag && !etag.startsWith("W/") ? etag : lastModified;
    return { range: `bytes=${this.#size}-`, ...(validator && { "if-range": validator }) };
  }

  /** Opens it to write from its end on, or from its beginning if it is of another version. */
  async writer(version: FileVersion, { anew }: { anew: boolean }): Promise<PartWriter> {
    this.#version = { ...version, query: this.#version.query };
    await writeNote(this.#note, this.#version);
    const file = await Deno.open(this.path, { create: true, write: true, truncate: anew });
    if (anew) this.#size = 0;
    await file.seek(this.#size, Deno.SeekMode.Start);
    const write = async (bytes: Uint8Array) => {
      for (let done = 0; done < bytes.length;) done += await file.write(bytes.subarray(done));
      this.#size += bytes.length;
    };
    return { write, [Symbol.dispose]: () => file.close() };
  }

  /** Gives the file its name, once it is on the disk. */
  async finish(target: string): Promise<void> {
    {
      using file = await Deno.open(this.path, { write: true });
      await file.syncData();
    }
    await Deno.rename(this.path, target);
    await removeIfThere(this.#note);
  }

  /** Removes it. */
  async discard(): Promise<void> {
    await removeIfThere(this.path);
    await removeIfThere(this.#note);
    this.#size = 0;
    const { url, query } = this.#version;
    this.#version = { url, query };
  }

  get #note(): string {
    return `${this.path}.json`;
  }
}

/** Writes to the end of a {@linkcode PartialFile}. */
export interface PartWriter extends Disposable {
  write(bytes: Uint8Array): Promise<void>;
}
