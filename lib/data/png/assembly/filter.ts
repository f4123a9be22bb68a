// @ts-nocheck AssemblyScript: its compiler checks the types.

// How a row is filtered: its first byte (PNG specification, 9.2).

export const NONE: u32 = 0;
export const SUB: u32 = 1;
export const UP: u32 = 2;
export const AVERAGE: u32 = 3;
export const PAETH: u32 = 4;
