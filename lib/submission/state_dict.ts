import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { SafeTensor } from "../training/mod.ts";
import { pickleStateDict } from "./pickle_state_dict.ts";

/** Some date, so that the same content gives the same bytes; a zip knows none before. */
export const ZIP_DATE: Date = new Date(1980, 0, 1);

/**
 * Writes tensors as `torch.save(state_dict, path)` does: a zip, not compressed, of a pickle and the
 * tensors' values, which `torch.load` reads, with its defaults too (`caffe2/serialize/inline_container.h`
 * in PyTorch describes the format).
 *
 * @param tensors float32 or int64, by name.
 * @returns The content of a `.pth` file; the same tensors give the same bytes.
 */
export async function encodeStateDict(
  tensors: ReadonlyMap<string, SafeTensor>,
): Promise<Uint8Array<ArrayBuffer>> {
  const text = (content: string) => new TextEncoder().encode(content);
  const storages = [...tensors.values()].map(({ data }, number) =>
    [`data/${number}`, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)] as const
  );
  const entries = [
    ["data.pkl", pickleStateDict(tensors)],
    [".format_version", text("1")],
    ["byteorder", text("little")],
    ...storages,
    ["version", text("3\n")],
  ] as const;
  const zip = new ZipWriter(new Uint8ArrayWriter(), {
    level: 0,
    dataDescriptor: false,
    extendedTimestamp: false,
    lastModDate: ZIP_DATE,
  });
  for (const [name, bytes] of entries) {
    await zip.add(`archive/${name}`, new Uint8ArrayReader(bytes));
  }
  return await zip.close();
}
