export * from "./parameters.ts";
export * from "./passthrough.ts";
export * from "./penalties.ts";
export * from "./unet.ts";
