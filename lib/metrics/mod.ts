export * from "./category_ious.ts";
export * from "./confusion_matrix.ts";
export * from "./count_pairs.ts";
export * from "./mean_score.ts";
export * from "./score_table.ts";
export * from "./scores.ts";
