export * from "./build_model.ts";
export * from "./check_run.ts";
export * from "./run_config.ts";
export * from "./run_folder.ts";
export * from "./summary.ts";
export * from "./train_run.ts";
export * from "./trained_model.ts";
