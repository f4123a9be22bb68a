export * from "./confusion_matrix.ts";
