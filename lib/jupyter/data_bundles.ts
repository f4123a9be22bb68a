import {
  CITYSCAPES,
  encodePng,
  LABELS,
  type LabelSpace,
  type PreparedFrames,
  type Sample,
  VOID,
} from "../data/mod.ts";
import { escapeXml } from "../plot/mod.ts";
import { imageHtml, type TableContent, tableHtml, tableText } from "./html.ts";
import { DISPLAY, type Displayable, type MimeBundle } from "./kernel.ts";
import { pictures } from "./plot.ts";

const SWATCH_PX = 16;

/** A frame for a cell's output: image and truth side by side, with the classes that are there. */
export function sampleBundle(sample: Sample): MimeBundle | Promise<MimeBundle> {
  const { id, image, space } = sample;
  const present = new Set(sample.labels);
  return pictures({
    columns: ["input", "truth"],
    rows: [{ caption: `${id}, ${image.width}x${image.height}`, images: [image, sample.truth] }],
    legend: space.classes.filter((_, trainId) => present.has(trainId)),
  })[DISPLAY]();
}

/** A set for a cell's output: its size, and the share of the pixels that each class has. */
export async function framesBundle(packed: PreparedFrames): Promise<MimeBundle> {
  const { split, frames, width, height, labels, space } = packed;
  const counts = new Float64Array(VOID + 1);
  for (const label of labels) counts[label]! += 1;
  const share = (count: number) => `${(100 * count / labels.length).toFixed(2)} %`;
  const table = await classTable(space, {
    heads: ["share of pixels"],
    cells: (trainId) => [share(counts[trainId]!)],
  });
  table.rows = [...table.rows, ["", "void", share(counts[VOID]!)]];
  const title = `${split}: ${frames.length} frames of ${width}x${height}`;
  return {
    "text/html": `<p>${escapeXml(title)}</p>${tableHtml(table)}`,
    "text/plain": `${title}\n${tableText(table)}`,
  };
}

/** Further columns of a table of classes. */
export interface ClassColumns {
  heads: readonly string[];
  /** The cells of a class. */
  cells: (trainId: number) => readonly (string | number)[];
}

/**
 * A table with a row for each class: its colour, its name, and further columns.
 *
 * @param space The classes.
 * @param columns What stands beside the names.
 */
export function showClasses(space: LabelSpace, columns: ClassColumns): Displayable {
  return { [DISPLAY]: async () => tableBundle(await classTable(space, columns)) };
}

/**
 * The label table: of Cityscapes, and of what has its labels, all labels with their ids, categories,
 * and whether the benchmark counts them; of other datasets the classes.
 */
export function showLabels(space: LabelSpace): Displayable {
  if (space !== CITYSCAPES) {
    return showClasses(space, {
      heads: ["id", "train id"],
      cells: (trainId) => [space.classes[trainId]!.id, trainId],
    });
  }
  const rows = LABELS.map(async ({ name, id, trainId, category, ignoreInEval, color }) => [
    await swatch(color),
    ...[name, id, trainId, category, ignoreInEval ? "no" : "yes"],
  ]);
  const heads = ["", "name", "id", "train id", "category", "evaluated"];
  return { [DISPLAY]: async () => tableBundle({ heads, rows: await Promise.all(rows) }) };
}

async function classTable(space: LabelSpace, columns: ClassColumns): Promise<TableContent> {
  const rows = space.classes.map(async ({ name, color }, trainId) => [
    await swatch(color),
    name,
    ...columns.cells(trainId),
  ]);
  return { heads: ["", "class", ...columns.heads], rows: await Promise.all(rows) };
}

function tableBundle(table: TableContent): MimeBundle {
  return { "text/html": tableHtml(table), "text/plain": tableText(table) };
}

/** A colour as a small picture: styles are taken out of untrusted notebooks. */
async function swatch(color: readonly number[]): Promise<{ html: string }> {
  const pixels = Uint8Array.from({ length: SWATCH_PX ** 2 * 3 }, (_, i) => color[i % 3]!);
  const size = { width: SWATCH_PX, height: SWATCH_PX, channels: 3 as const };
  return { html: imageHtml(await encodePng(pixels, size), "") };
}
