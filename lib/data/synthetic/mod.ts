export * from "./draw_scene.ts";
export * from "./write_dataset.ts";
