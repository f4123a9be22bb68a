// Compiles the decoder of PNGs, which is AssemblyScript, to lib/data/png/png.wasm:
//   deno task compile-png

import asc from "assemblyscript/asc";

const FOLDER = new URL("../lib/data/png/", import.meta.url);
const OUTPUT = "png.wasm";
const OPTIONS = [
  "-O3",
  "--noAssert",
  // No allocator: what is static is laid out by the compiler, the rest is the caller's.
  ...["--runtime", "stub", "--zeroFilledMemory"],
  ...["--enable", "simd"],
  // Addresses have 32 bits; it warns where that would have to be said for 64.
  ...["--disableWarning", "201"],
];

/**
 * Compiles the sources in `lib/data/png/assembly`.
 *
 * @returns The module, the same bytes for the same sources.
 * @throws {Error} with what the compiler says.
 */
export async function compilePng(): Promise<Uint8Array<ArrayBuffer>> {
  let compiled: Uint8Array | undefined;
  const { error, stderr } = await asc.main(["assembly/png.ts", "-o", OUTPUT, ...OPTIONS], {
    readFile: (name) => Deno.readTextFile(new URL(name, FOLDER)).catch(() => null),
    writeFile: (_name, content) => {
      compiled = content as Uint8Array;
    },
    listFiles: () => [],
  });
  if (error || !compiled) throw new Error(`Cannot compile ${OUTPUT}: ${stderr}`, { cause: error });
  return Uint8Array.from(compiled);
}

if (import.meta.main) await Deno.writeFile(new URL(OUTPUT, FOLDER), await compilePng());
