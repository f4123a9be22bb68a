import { isMainThread } from "node:worker_threads";
import { faultOfElf } from "./elf.ts";
import { cString, textAt } from "./c_api.ts";

const LINUX = { libc: "libc.so.6", nodelete: 0x1000 };
const MACOS = { libc: "/usr/lib/libSystem.B.dylib", nodelete: 0x80 };
export const RTLD_NOW = 2;
const STDERR = 2;
const O_RDONLY = 0, O_WRONLY = 1;
const SYSTEM_TEXT_BYTES = 1 << 16;
const PAUSE_MICROSECONDS = 50;

const LIBC_SYMBOLS = {
  dlopen: { parameters: ["buffer", "i32"], result: "pointer" },
  dlerror: { parameters: [], result: "pointer" },
  dlsym: { parameters: ["pointer", "buffer"], result: "pointer" },
  mmap: { parameters: ["pointer", "usize", "i32", "i32", "i32", "i64"], result: "pointer" },
  munmap: { parameters: ["pointer", "usize"], result: "i32" },
  mprotect: { parameters: ["pointer", "usize", "i32"], result: "i32" },
  syscall: { parameters: ["i64", "i64", "i64"], result: "i64" },
  open: { parameters: ["buffer", "i32"], result: "i32" },
  read: { parameters: ["i32", "buffer", "usize"], result: "isize" },
  dup: { parameters: ["i32"], result: "i32" },
  dup2: { parameters: ["i32", "i32"], result: "i32" },
  close: { parameters: ["i32"], result: "i32" },
  usleep: { parameters: ["u32"], result: "i32" },
  /** Of glibc alone. */
  malloc_trim: { parameters: ["usize"], result: "i32", optional: true },
} as const;

const platform = Deno.build.os === "darwin" ? MACOS : LINUX;
let opened: Deno.DynamicLibrary<typeof LIBC_SYMBOLS>["symbols"] | undefined;

/** What is called of the system's C library. */
export function libc() {
  return opened ??= Deno.dlopen(platform.libc, LIBC_SYMBOLS).symbols;
}

/**
 * Maps a shared library into the process for good. Deno unloads what it opened when the process
 * ends, while TensorFlow's threads still run in it, and the process dies of that with SIGSEGV; a
 * library mapped with `RTLD_NODELETE` stays.
 *
 * @param path The library's path.
 * @throws {Error} if it is not whole, is for another processor, or cannot be loaded.
 */
export function keepMapped(path: string): void {
  const fault = Deno.build.os === "linux" ? faultOfElf(path) : undefined;
  if (fault) throw new Error(`Cannot load ${path}: ${fault}`);
  if (!libc().dlopen(cString(path), RTLD_NOW | platform.nodelete)) {
    throw new Error(`Cannot load ${path}: ${textAt(libc().dlerror())}`);
  }
}

/**
 * The beginning of a text that the system makes up when it is read, such as `/proc/cpuinfo`. Deno
 * itself reads those only with all permissions.
 *
 * @returns Up to 64 KiB, or `""` if it cannot be read.
 */
export function readSystemText(path: string): string {
  const { open, read, close } = libc();
  const file = open(cString(path), O_RDONLY);
  if (file < 0) return "";
  const bytes = new Uint8Array(SYSTEM_TEXT_BYTES);
  let length = 0;
  for (let count = 1; count > 0; length += Math.max(count, 0)) {
    count = Number(read(file, bytes.subarray(length), BigInt(bytes.length - length)));
  }
  close(file);
  return new TextDecoder().decode(bytes.subarray(0, length));
}

/** Lets other threads run for a moment. */
export function pause(): void {
  libc().usleep(PAUSE_MICROSECONDS);
}

/**
 * Runs `work` with the standard error of this process turned away, so that what native code prints
 * is not seen. Only for short synchronous work: nothing else can report errors meanwhile. In a Worker
 * it is left alone, since two threads that turned it away and back would lose it.
 */
export function withoutNativeStderr<T>(work: () => T): T {
  if (!isMainThread) return work();
  const { open, dup, dup2, close } = libc();
  const nowhere = open(cString("/dev/null"), O_WRONLY);
  const saved = dup(STDERR);
  if (nowhere < 0 || saved < 0) return work();
  dup2(nowhere, STDERR);
  try {
    return work();
  } finally {
    dup2(saved, STDERR);
    close(saved);
    close(nowhere);
  }
}
