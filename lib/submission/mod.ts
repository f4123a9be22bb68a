export * from "./predict_files.ts";
export * from "./score_files.ts";
