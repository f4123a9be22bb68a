/** One output of an operation in a graph: the bytes of `TF_Output { TF_Operation* oper; int index; }`. */
export type GraphOutput = Uint8Array<ArrayBuffer>;

/** The bytes of an output, with the padding behind it. */
const BYTES = 16;

/** An output of an operation. */
export function outputOf(operation: Deno.PointerValue, index: number): GraphOutput {
  const bytes = new Uint8Array(BYTES);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, Deno.UnsafePointer.value(operation), true);
  view.setInt32(8, index, true);
  return bytes;
}

/** The address of the operation that gives an output. */
export function operationOf(output: GraphOutput): bigint {
  return new DataView(output.buffer).getBigUint64(0, true);
}

/** An array of outputs, as the C API takes it. */
export function outputArray(outputs: readonly GraphOutput[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(outputs.length * BYTES);
  outputs.forEach((output, i) => bytes.set(output, i * BYTES));
  return bytes;
}
