import { Uint8ArrayReader, Uint8ArrayWriter, ZipWriter } from "@zip.js/zip.js";
import type { SafeTensor } from "../training/mod.ts";
import { pickleStateDict } from "./pickle_state_dict.ts";

/** Where values begin, so that a file that is mapped into memory needs no copy of them. */
const ALIGNMENT = 64;
/** The parts of an entry's header before its name, and of the padding before its bytes. */
const HEADER_BYTES = 30, PADDING_HEADER_BYTES = 4;
/** PyTorch's own kind of extra field. */
const PADDING = 0x4246;

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
    [".storage_alignment", text(`${ALIGNMENT}`)],
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
  let at = 0;
  for (const [name, bytes] of entries) {
    const path = `archive/${name}`;
    const start = at + HEADER_BYTES + path.length + PADDING_HEADER_BYTES;
    const padding = new Uint8Array(-start & (ALIGNMENT - 1));
    const extraField = new Map([[PADDING, padding]]);
    await zip.add(path, new Uint8ArrayReader(bytes), { extraField });
    at = start + padding.length + bytes.length;
  }
  return await zip.close();
}
