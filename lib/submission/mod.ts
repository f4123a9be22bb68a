export * from "./predict_files.ts";
export * from "./score_files.ts";
export * from "./zip_folder.ts";
