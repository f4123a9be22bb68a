import { ZipReader } from "@zip.js/zip.js";
import { basename, dirname, join } from "node:path";
import { FileReader, type WorkOptions } from "../system/mod.ts";

/** Options of {@linkcode Wheel.unpack}. */
export interface UnpackOptions extends WorkOptions {
  /** Which of the wheel's files to write, by their names in it. */
  wanted: (entry: string) => boolean;
}

const EXECUTABLE = 0o755;

/** A Python wheel on disk, which is a zip archive. */
export class Wheel {
  readonly #file: Deno.FsFile;
  readonly #zip: ZipReader<unknown>;
  readonly #name: string;

  private constructor(path: string, file: Deno.FsFile) {
    this.#name = basename(path).split("-")[0]!;
    this.#file = file;
    this.#zip = new ZipReader(new FileReader(file), { checkSignature: true, useWebWorkers: false });
  }

  /** Opens a wheel. */
  static async open(path: string): Promise<Wheel> {
    return new Wheel(path, await Deno.open(path));
  }

  /**
   * Writes files of the wheel, each checked against its CRC.
   *
   * @param folder Where to; folders are made as needed.
   */
  async unpack(folder: string, options: UnpackOptions): Promise<void> {
    const { wanted, onProgress, signal } = options;
    const entries = (await this.#zip.getEntries())
      .filter((entry) => !entry.directory && wanted(entry.filename));
    const total = entries.reduce((sum, entry) => sum + entry.uncompressedSize, 0);
    let before = 0;
    for (const entry of entries) {
      if (entry.directory) continue;
      const path = join(folder, entry.filename);
      await Deno.mkdir(dirname(path), { recursive: true });
      const file = await Deno.open(path, { create: true, write: true, mode: EXECUTABLE });
      await entry.getData(file.writable, {
        ...(signal && { signal }),
        onprogress: (done) => {
          onProgress?.({
            task: `Unpacking ${this.#name}`,
            done: before + done,
            total,
            unit: "bytes",
          });
          return undefined;
        },
      });
      before += entry.uncompressedSize;
    }
  }

  /**
   * The requirements that the wheel's metadata lists under an extra.
   *
   * @param extra The extra's name, such as `"and-cuda"`.
   * @returns Requirements without their markers, such as `"nvidia-nccl-cu12<3.0,>=2.27.7"`.
   */
  async requirementsOf(extra: string): Promise<string[]> {
    const entries = await this.#zip.getEntries();
    const metadata = entries.find((entry) => entry.filename.endsWith(".dist-info/METADATA"));
    if (!metadata || metadata.directory) return [];
    const bytes = await metadata.arrayBuffer();
    return [...new TextDecoder().decode(bytes).matchAll(/^Requires-Dist: ([^;\n]+);(.*)$/gm)]
      .filter(([, , marker]) => marker!.includes(`"${extra}"`))
      .map(([, requirement]) => requirement!.trim());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#zip.close();
    this.#file.close();
  }
}
