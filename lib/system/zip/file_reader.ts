import { Reader } from "@zip.js/zip.js";

/** Reads an archive at random places from an open file, so that it need not fit into memory. */
export class FileReader extends Reader<Deno.FsFile> {
  readonly #file: Deno.FsFile;

  constructor(file: Deno.FsFile) {
    super(file);
    this.#file = file;
    this.size = file.statSync().size;
  }

  override readUint8Array(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(Math.max(0, Math.min(length, this.size - offset)));
    this.#file.seekSync(offset, Deno.SeekMode.Start);
    let done = 0;
    while (done < bytes.length) {
      const n = this.#file.readSync(bytes.subarray(done));
      if (n === null) break;
      done += n;
    }
    return Promise.resolve(bytes);
  }
}
