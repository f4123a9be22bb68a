import { libc } from "./native_library.ts";

/**
 * Gives memory that is free within the process back to the system, where the C library is glibc. What
 * compiling a training step took is in pieces that its tensors do not fit into: of a U-Net of width 64
 * some 50 MB.
 */
export function releaseMemory(): void {
  libc().malloc_trim?.(0n);
}
