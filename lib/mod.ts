export * from "./data/mod.ts";
export * from "./metrics/mod.ts";
export * from "./models/mod.ts";
export * from "./plot/mod.ts";
export * from "./runs/mod.ts";
export * from "./submission/mod.ts";
export type { OnProgress, Progress, WorkOptions } from "./system/mod.ts";
export * from "./tensorflow/mod.ts";
export * from "./training/mod.ts";
