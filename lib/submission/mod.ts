export * from "./benchmark_package.ts";
export * from "./check_package.ts";
export * from "./claim_folder.ts";
export * from "./course_package.ts";
export * from "./predict_files.ts";
export * from "./score_files.ts";
export * from "./state_dict.ts";
export * from "./zip_folder.ts";
