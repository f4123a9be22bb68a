export * from "./confusion_figure.ts";
export * from "./figure.ts";
export * from "./figure_page.ts";
export * from "./figure_to_png.ts";
export * from "./image_table.ts";
export * from "./line_figure.ts";
export * from "./plotly_script.ts";
export * from "./smooth.ts";
