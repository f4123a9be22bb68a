import { assertEquals } from "@std/assert";
import { BlobReader, ZipReader } from "@zip.js/zip.js";
import { decodeSafetensors, encodeStateDict } from "../../lib/mod.ts";
import { golden } from "../_golden.ts";

interface TorchSave {
  names: string[];
  /** In base64. */
  pickle: string;
  sizes: Record<string, number>;
}

/** What PyTorch writes for other reasons than to load the tensors again. */
const EXTRAS = ["archive/.data/serialization_id"];

Deno.test("encodeStateDict() writes the pickle and the values that torch.save writes", async () => {
  const { names, pickle, sizes } = golden<TorchSave>("state_dict");
  const { tensors } = decodeSafetensors(
    await Deno.readFile(new URL("../golden/unet_small.safetensors", import.meta.url)),
  );
  const ordered = new Map(names.map((name) => [name, tensors.get(name)!]));
  assertEquals(ordered.size, tensors.size);
  const file = await encodeStateDict(ordered);
  assertEquals(file, await encodeStateDict(ordered));

  const reader = new ZipReader(new BlobReader(new Blob([file])), { checkSignature: true });
  const written: Record<string, number> = {};
  for (const entry of await reader.getEntries()) {
    if (entry.directory) continue;
    assertEquals([entry.compressionMethod, entry.bitFlag?.dataDescriptor], [0, false]);
    const bytes = new Uint8Array(await entry.arrayBuffer());
    written[entry.filename] = bytes.length;
    if (entry.filename === "archive/data.pkl") assertEquals(bytes.toBase64(), pickle);
    const start = entry.offset + 30 + entry.rawFilename.length + entry.rawExtraField!.length;
    assertEquals([entry.filename, start % 64], [entry.filename, 0]);
    const number = /data\/(\d+)$/.exec(entry.filename)?.[1];
    if (number === undefined) continue;
    const { data } = ordered.get(names[Number(number)]!)!;
    assertEquals(bytes, new Uint8Array(data.buffer, data.byteOffset, data.byteLength));
  }
  await reader.close();
  for (const name of EXTRAS) delete sizes[name];
  assertEquals(written, sizes);
});
