import { BinaryReader } from "@bufbuild/protobuf/wire";
import { cString } from "./c_api.ts";
import type { EagerContext } from "./eager_context.ts";
import { takenBuffer } from "./taken_buffer.ts";

/** One of the tensors, or lists of tensors, that an op takes or gives. */
export interface OpArgument {
  /** For a list of tensors, the attribute that counts them; `""` for a list of several types. */
  list?: string;
}

/** What an op takes and gives. */
interface OpSignature {
  inputs: OpArgument[];
  outputs: OpArgument[];
}

/** Field numbers of `OpDef` and its `ArgDef` (`tensorflow/core/framework/op_def.proto`). */
const OP_DEF = { inputArg: 2, outputArg: 3 }, ARG_DEF = { numberAttr: 5, typeListAttr: 6 };

const known = new Map<string, OpSignature>();

/**
 * What an op takes and gives, from TensorFlow's op registry.
 *
 * @param context The context.
 * @param op The op's name.
 * @throws {TensorFlowError} if there is no such op.
 */
export function opSignature(context: EagerContext, op: string): OpSignature {
  let signature = known.get(op);
  if (!signature) known.set(op, signature = parseSignature(opDef(context, op)));
  return signature;
}

/** The serialized `OpDef` of an op. */
function opDef(context: EagerContext, op: string): Uint8Array {
  const { api, status } = context;
  const buffer = api.TF_NewBuffer(), graph = api.TF_NewGraph();
  api.TF_GraphGetOpDef(graph, cString(op), buffer, status);
  api.TF_DeleteGraph(graph);
  const bytes = takenBuffer(api, buffer);
  context.check(op);
  return bytes;
}

function parseSignature(opDef: Uint8Array): OpSignature {
  const signature: OpSignature = { inputs: [], outputs: [] };
  const reader = new BinaryReader(opDef);
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === OP_DEF.inputArg) signature.inputs.push(parseArgument(reader.bytes()));
    else if (field === OP_DEF.outputArg) signature.outputs.push(parseArgument(reader.bytes()));
    else reader.skip(type);
  }
  return signature;
}

function parseArgument(argDef: Uint8Array): OpArgument {
  const reader = new BinaryReader(argDef);
  const argument: OpArgument = {};
  while (reader.pos < reader.len) {
    const [field, type] = reader.tag();
    if (field === ARG_DEF.numberAttr) argument.list = reader.string();
    else if (field === ARG_DEF.typeListAttr) {
      argument.list = "";
      reader.skip(type);
    } else reader.skip(type);
  }
  return argument;
}
