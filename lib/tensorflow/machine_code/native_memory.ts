import { cString } from "../c_api.ts";
import { libc, RTLD_NOW } from "../native_library.ts";

const READ = 1, WRITE = 2, EXECUTE = 4;
const PRIVATE = 2, ANONYMOUS = 0x20, NO_RESERVE = 0x4000;

const ARCH_PRCTL = 158n, REQUEST_STATE = 0x1023n, TILE_DATA = 18n;

/**
 * Takes memory for machine code and what it reads, which outlives this thread and cannot be written
 * any more once it is filled.
 *
 * @param fill Writes it, and may make use of its address.
 * @returns The address; `undefined` where the system does not let a program write code.
 */
export function mapCode(
  bytes: number,
  fill: (memory: Uint8Array<ArrayBuffer>, address: bigint) => void,
): bigint | undefined {
  const memory = map(bytes, READ | WRITE);
  if (!memory) return undefined;
  const address = Deno.UnsafePointer.value(memory);
  fill(new Uint8Array(Deno.UnsafePointerView.getArrayBuffer(memory, bytes)), address);
  if (libc().mprotect(memory, BigInt(bytes), READ | EXECUTE) === 0) return address;
  unmapCode(address, bytes);
  return undefined;
}

/** Frees what {@linkcode mapCode} took. */
export function unmapCode(address: bigint, bytes: number): void {
  libc().munmap(Deno.UnsafePointer.create(address), BigInt(bytes));
}

/** The address of bytes that are zero and take no memory until they are read; they cannot be written. */
export function zeros(bytes: number): bigint | undefined {
  return addressOf(map(bytes, READ));
}

/** Maps memory that is zero. */
function map(bytes: number, protection: number): Deno.PointerValue {
  const flags = PRIVATE | ANONYMOUS | NO_RESERVE;
  const memory = libc().mmap(null, BigInt(bytes), protection, flags, -1, 0n);
  // A failure is -1.
  return BigInt.asIntN(64, Deno.UnsafePointer.value(memory)) === -1n ? null : memory;
}

/** The address of a function of a library that is loaded; `undefined` if it has none of that name. */
export function functionAddress(path: string, name: string): bigint | undefined {
  const library = libc().dlopen(cString(path), RTLD_NOW);
  return addressOf(libc().dlsym(library, cString(name)));
}

/** Asks the system for the registers of AMX, which a program may use only then (`arch_prctl`). */
export function mayUseTiles(): boolean {
  return libc().syscall(ARCH_PRCTL, REQUEST_STATE, TILE_DATA) === 0n;
}

function addressOf(pointer: Deno.PointerValue): bigint | undefined {
  return pointer ? Deno.UnsafePointer.value(pointer) : undefined;
}
