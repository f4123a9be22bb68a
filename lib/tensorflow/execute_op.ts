import { cString } from "./c_api.ts";
import type { EagerContext } from "./eager_context.ts";
import { type OpAttribute, setOpAttribute } from "./op_attributes.ts";

/** What an op is run with. */
export interface OpCall {
  /** The handles of its inputs. */
  inputs: Deno.PointerValue[];
  attributes: OpAttribute[];
  /** How many outputs it has. */
  outputs: number;
}

/**
 * Runs one op and waits for it.
 *
 * @param context The context to run it in.
 * @param name Its name in TensorFlow, such as `"MatMul"`.
 * @param call Its inputs, attributes and number of outputs.
 * @returns The handles of its outputs, which the caller owns.
 * @throws {TensorFlowError} with TensorFlow's message.
 */
export function executeOp(
  context: EagerContext,
  name: string,
  call: OpCall,
): Deno.PointerValue[] {
  const { api, status } = context;
  const op = api.TFE_NewOp(context.pointer, cString(name), status);
  context.check(name);
  try {
    for (const input of call.inputs) {
      api.TFE_OpAddInput(op, input, status);
      context.check(name);
    }
    for (const attribute of call.attributes) {
      setOpAttribute(context.attributeSetters, op, attribute);
    }
    const outputs = new BigUint64Array(Math.max(call.outputs, 1));
    const count = Int32Array.of(call.outputs);
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
