export type { ObtainOptions } from "./archive_source.ts";
export * from "./cityscapes_account.ts";
export * from "./download_camvid.ts";
export * from "./download_cityscapes.ts";
export type { OnTheFly, SourceOptions } from "./official_source.ts";
export type { Shrinking } from "./shrink_images.ts";
