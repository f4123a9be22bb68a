export * from "./decode_grey.ts";
export * from "./decode_rgb.ts";
export * from "./png_form.ts";
