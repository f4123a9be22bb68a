import type { Tensor } from "@tensorflow/tfjs-node-gpu";

/**
 * A tensor's data type and shape, for messages.
 *
 * @param value What should be a tensor.
 * @returns Such as `"float32 [2, 3]"`; what it is if it is none.
 */
export function tensorForm(value: Tensor | undefined): string {
  if (value === undefined || value === null) return "nothing";
  const { dtype, shape } = value;
  return dtype && shape ? `${dtype} [${shape.join(", ")}]` : `a ${typeof value}`;
}
