export { type Drawing, drawingOf } from "./claim_folder.ts";
export * from "./draw_scene.ts";
export * from "./write_dataset.ts";
