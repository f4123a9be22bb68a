// @ts-nocheck AssemblyScript: its compiler checks the types.

// What PNGs are decoded with, in WebAssembly: as fast as machine code nearly, on every processor, and
// what a damaged file does stays in its memory. `deno task compile-png` makes ../png.wasm of it.

import { inflate } from "./inflate.ts";
import { swapBytes } from "./swap_bytes.ts";
import { greyBytes, unfilterGrey } from "./unfilter_grey.ts";
import { rgbScratchBytes, unfilterRgb } from "./unfilter_rgb.ts";

export { greyBytes, inflate, rgbScratchBytes, swapBytes, unfilterGrey, unfilterRgb };

/** The address of the memory that is free, to its end. */
export function freeMemory(): u32 {
  return __heap_base;
}
