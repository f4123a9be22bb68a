import { BinaryReader } from "@bufbuild/protobuf/wire";
import { cString } from "./c_api.ts";
import type { EagerContext } from "./eager_context.ts";
import { takenBuffer } from "./taken_buffer.ts";

/** How an op takes one of its inputs. */
export interface OpInput {
  /** For a list of tensors, the attribute that counts them; `""` for a list of several types. */
  list?: string;
}

/** Field numbers of `OpDef` and its `ArgDef` (`tensorflow/core/framework/op_def.proto`). */
const OP_DEF = { inputArg: 2 }, ARG_DEF = { numberAttr: 5, typeListAttr: 6 };

const known = new Map<string, OpInput[]>();

/**
 * The inputs of an op, from TensorFlow's op registry.
 *
 * @param context The context.
 * @param graph Any graph.
 * @param op The op's name.
 */
export function opInputs(
  context: EagerContext,
  graph: Deno.PointerValue,
  op: string,
): OpInput[] {
  let inputs = known.get(op);
  if (!inputs) known.set(op, inputs = parseInputs(opDef(context, graph, op)));
  return inputs;
}

/** The serialized `OpDef` of an op. */
function opDef(
  context: EagerContext,
  graph: Deno.PointerValue,
  op: string,
): Uint8Array {
  const { api, status } = context;
  const buffer = api.TF_NewBuffer();
  api.TF_GraphGetOpDef(graph, cString(op), buffer, status);
  const bytes = takenBuffer(api, buffer);
  context.check(op);
  return bytes;
}

function parseInputs(opDef: Uint8Array): OpInput[] {
  const args: OpInput[] = [];
  const reader = new BinaryReader(opDef);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === OP_DEF.inputArg) args.push(parseInput(reader.bytes()));
    else reader.skip(type);
  }
  return args;
}

function parseInput(argDef: Uint8Array): OpInput {
  const reader = new BinaryReader(argDef);
  const arg: OpInput = {};
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === ARG_DEF.numberAttr) arg.list = reader.string();
    else if (field === ARG_DEF.typeListAttr) {
      arg.list = "";
      reader.skip(type);
    } else reader.skip(type);
  }
  return arg;
}
