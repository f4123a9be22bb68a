const READ = 1, WRITE = 2, EXECUTE = 4;
const PRIVATE = 2, ANONYMOUS = 0x20, NO_RESERVE = 0x4000;

const SYMBOLS = {
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
  dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
} as const;
const RTLD_NOW = 2;

let opened: Deno.DynamicLibrary<typeof SYMBOLS>["symbols"] | undefined;

function libc() {
  return opened ??= Deno.dlopen("libc.so.6", SYMBOLS).symbols;
}

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
  const text = (of: string) => new TextEncoder().encode(`${of}\0`);
  return addressOf(libc().dlsym(libc().dlopen(text(path), RTLD_NOW), text(name)));
}

function addressOf(pointer: Deno.PointerValue): bigint | undefined {
  return pointer ? Deno.UnsafePointer.value(pointer) : undefined;
}
