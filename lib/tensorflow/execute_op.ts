import { cString } from "./c_api.ts";
import type { EagerContext } from "./eager_context.ts";
import { setOpAttribute } from "./op_attributes.ts";
import type { OpCall } from "./op_runner.ts";

/**
 * Runs one op and waits for it.
 *
 * @param context The context to run it in.
 * @param call The op; its inputs are handles.
 * @returns The handles of its outputs, which the caller owns.
 * @throws {TensorFlowError} with TensorFlow's message.
 */
export function executeOp(
  context: EagerContext,
  { name, inputs, attributes, outputs: most }: OpCall<Deno.PointerValue>,
): Deno.PointerValue[] {
  const { api, status } = context;
  const op = api.TFE_NewOp(context.pointer, cString(name), status);
  context.check(name);
  try {
    for (const input of inputs) {
      api.TFE_OpAddInput(op, input, status);
      context.check(name);
    }
    for (const attribute of attributes) {
      setOpAttribute(context.attributeSetters, op, attribute);
    }
    const outputs = new BigUint64Array(Math.max(most, 1));
    const count = Int32Array.of(most);
    api.TFE_Execute(op, outputs, count, status);
    context.check(name);
    return Array.from(
      outputs.subarray(0, count[0]),
      (address) => Deno.UnsafePointer.create(address),
    );
  } finally {
    api.TFE_DeleteOp(op);
  }
}
