import type { LayersModel, Tensor } from "@tensorflow/tfjs-node-gpu";
import { escapeXml } from "../plot/mod.ts";
import { type TableContent, tableHtml, tableText } from "./html.ts";
import type { MimeBundle } from "./kernel.ts";

const SHOWN_VALUES = 8;
const DIGITS = 4;

/** A tensor for a cell's output: dtype, shape, range, mean and its first values. */
export async function tensorBundle(tensor: Tensor): Promise<MimeBundle> {
  const { dtype, shape, size } = tensor;
  const head = `Tensor ${dtype} [${shape.join(", ")}]`;
  if (tensor.isDisposed) return { "text/plain": `${head}, disposed` };
  const values = await tensor.data();
  const numbers = Array.from(values as ArrayLike<number | string>).filter((x) => x === x);
  const parts = [head, size > 0 ? rangeOf(numbers, size) : "empty"];
  const first = Array.from(values.slice(0, SHOWN_VALUES) as ArrayLike<number>, (x) => text(x));
  const more = size > SHOWN_VALUES ? ", ..." : "";
  return { "text/plain": `${parts.filter(Boolean).join(", ")}\n[${first.join(", ")}${more}]` };
}

function rangeOf(numbers: readonly (number | string)[], size: number): string {
  if (typeof numbers[0] === "string") return "";
  let least = Infinity, most = -Infinity, sum = 0;
  for (const number of numbers as number[]) {
    least = Math.min(least, number);
    most = Math.max(most, number);
    sum += number;
  }
  const nan = size - numbers.length;
  const range = `${text(least)}..${text(most)}, mean ${text(sum / numbers.length)}`;
  return nan ? `${numbers.length ? range + ", " : ""}${nan} of ${size} NaN` : range;
}

function text(value: number | string): string {
  return typeof value === "number" && !Number.isInteger(value)
    ? String(Number(value.toPrecision(DIGITS)))
    : String(value);
}

/** A model for a cell's output: its layers, their output shapes and how many weights they have. */
export function modelBundle(model: LayersModel): MimeBundle {
  const table: TableContent = {
    heads: ["layer", "type", "output shape", "weights"],
    rows: model.layers.map((layer) => [
      layer.name,
      layer.getClassName(),
      shapeText(layer.outputShape),
      layer.countParams().toLocaleString("en"),
    ]),
  };
  const weights = model.layers.reduce((sum, layer) => sum + layer.countParams(), 0);
  const trained = model.trainableWeights.reduce((sum, { shape }) => sum + product(shape), 0);
  const total = `${model.name}: ${model.layers.length} layers, ` +
    `${weights.toLocaleString("en")} weights, ${trained.toLocaleString("en")} of them trained`;
  return {
    "text/html": `${tableHtml(table)}<p>${escapeXml(total)}</p>`,
    "text/plain": `${tableText(table)}\n\n${total}`,
  };
}

function shapeText(shape: unknown): string {
  const dims =
    (Array.isArray((shape as unknown[])[0]) ? (shape as unknown[])[0] : shape) as (number | null)[];
  return `[${["B", ...dims.slice(1).map((dim) => dim ?? "?")].join(", ")}]`;
}

function product(shape: readonly (number | null)[]): number {
  return shape.reduce<number>((size, dim) => size * (dim ?? 1), 1);
}
