export * from "./compile.ts";
export type { Outputs } from "./trace_function.ts";
export * from "./engine.ts";
export { type Finding, findLibrary, hasNvidiaGpu, type LibraryWish } from "./find_library.ts";
export type { Device } from "./eager_context.ts";
export type { TensorFlow } from "./load_package.ts";
export * from "./raw_op.ts";
export * from "./tensorflow_error.ts";
