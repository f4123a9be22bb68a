import { assertEquals, assertMatch } from "@std/assert";
import { faultOfElf } from "../../lib/tensorflow/elf.ts";
import { emptyLibrary } from "./_elf.ts";

/** The fault found in a file with these bytes. */
async function faultOf(bytes: Uint8Array): Promise<string | undefined> {
  const path = await Deno.makeTempFile();
  try {
    await Deno.writeFile(path, bytes);
    return faultOfElf(path);
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("faultOfElf() finds no fault in a whole library for this processor", async () => {
  assertEquals(await faultOf(emptyLibrary()), undefined);
});

Deno.test("faultOfElf() tells a file that is no library", async () => {
  assertEquals(
    await faultOf(new TextEncoder().encode("text".repeat(40))),
    "it is not a shared library",
  );
  assertEquals(await faultOf(new Uint8Array(3)), "it is not a shared library");
});

Deno.test("faultOfElf() tells a library for another processor", async () => {
  const library = emptyLibrary();
  new DataView(library.buffer).setUint16(18, 8, true); // MIPS
  assertMatch(await faultOf(library) ?? "", /another processor/);
});

Deno.test("faultOfElf() tells a library that is cut short", async () => {
  const library = new Uint8Array(64 + 56);
  library.set(emptyLibrary());
  const view = new DataView(library.buffer);
  view.setUint16(56, 1, true); // one program header: to be loaded, from 0, 500 bytes
  view.setUint32(64, 1, true);
  view.setBigUint64(64 + 32, 500n, true);
  assertMatch(await faultOf(library) ?? "", /cut short: 120 of 500 bytes/);
  assertMatch(await faultOf(library.subarray(0, 80)) ?? "", /cut short at 80 bytes/);
});
