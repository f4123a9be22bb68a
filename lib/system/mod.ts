export * from "./cache_folder.ts";
export * from "./exists.ts";
export * from "./file_lock.ts";
export * from "./in_parallel.ts";
export * from "./progress.ts";
export * from "./random.ts";
export * from "./run_command.ts";
export * from "./write_atomically.ts";
