import { type CApi, cString } from "../c_api.ts";
import {
  type Addresses,
  CALLED,
  kernelCode,
  returnCode,
  shapeCode,
  taskCode,
  writtenCode,
} from "./kernel_op_code.ts";
import { functionAddress, mapCode } from "./native_memory.ts";

/**
 * Each thread of a process registers ops of its own: TensorFlow refuses a name that is there already,
 * and no file that it loads can have an op that jumps to any address.
 */
const OWN = crypto.randomUUID().replaceAll("-", "");
/**
 * The op that runs machine code of ours: of some tensors, first those of bfloat16, it gives the last one
 * back, which the code writes into. Its attribute is the address of a task.
 */
export const KERNEL_OP = `DenoscapesKernel${OWN}`, TASK_ATTRIBUTE = "task";
/**
 * The op that gives the first of its inputs when it has all: what several tasks wrote into. That they
 * are inputs keeps TensorFlow's graph optimizer from dropping the others.
 */
export const WRITTEN_OP = `DenoscapesWritten${OWN}`;

/**
 * Registers {@linkcode KERNEL_OP} and {@linkcode WRITTEN_OP}; once in a thread.
 *
 * @param path The library whose functions `api` are.
 * @returns Whether they are there now; not where code cannot be written or TensorFlow lacks a function.
 */
export function registerKernelOps(api: CApi, path: string): boolean {
  const addresses = addressesIn(path);
  // The op outlives this thread, and so must the name.
  const attribute = mapped(cString(TASK_ATTRIBUTE));
  if (!addresses || attribute === undefined) return false;
  const ops = [
    {
      name: KERNEL_OP,
      inputs: ["rounded: M * bfloat16", "tensors: N * float", "result: T"],
      attributes: ["M: int >= 0", "N: int >= 0", "T: type", `${TASK_ATTRIBUTE}: int`],
      create: taskCode(addresses, attribute),
      compute: kernelCode(addresses),
      shape: shapeCode(addresses, { input: "last" }),
    },
    {
      name: WRITTEN_OP,
      inputs: ["parts: N * T"],
      attributes: ["N: int >= 1", "T: type"],
      create: returnCode(),
      compute: writtenCode(addresses),
      shape: shapeCode(addresses, { input: "first" }),
    },
  ];
  return ops.every((op) => register(api, op));
}

/** What an op is registered with. */
interface OpDefinition {
  name: string;
  inputs: string[];
  attributes: string[];
  /** The code that makes what belongs to an op of a graph, and the code that runs it. */
  create: Uint8Array<ArrayBuffer>;
  compute: Uint8Array<ArrayBuffer>;
  /** The code that infers the result's shape. */
  shape: Uint8Array<ArrayBuffer>;
}

/** Registers an op of one result with its kernel for processors. */
function register(api: CApi, op: OpDefinition): boolean {
  const code = [op.create, op.compute, op.shape, returnCode()].map(mapped);
  if (code.includes(undefined)) return false;
  const [create, compute, shape, remove] = code.map((address) =>
    Deno.UnsafePointer.create(address!)
  );
  const status = api.TF_NewStatus();
  const name = cString(op.name);
  const definition = api.TF_NewOpDefinitionBuilder(name);
  for (const input of op.inputs) api.TF_OpDefinitionBuilderAddInput(definition, cString(input));
  api.TF_OpDefinitionBuilderAddOutput(definition, cString("written: T"));
  for (const attribute of op.attributes) {
    api.TF_OpDefinitionBuilderAddAttr(definition, cString(attribute));
  }
  api.TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, shape!);
  api.TF_RegisterOpDefinition(definition, status);
  let ok = api.TF_GetCode(status) === 0;
  if (ok) {
    const kernel = api.TF_NewKernelBuilder(name, cString("CPU"), create!, compute!, remove!);
    api.TF_RegisterKernelBuilder(name, kernel, status);
    ok = api.TF_GetCode(status) === 0;
  }
  api.TF_DeleteStatus(status);
  return ok;
}

/** The address of bytes that are kept for good. */
function mapped(bytes: Uint8Array<ArrayBuffer>): bigint | undefined {
  return mapCode(bytes.length, (memory) => memory.set(bytes));
}

function addressesIn(path: string): Addresses | undefined {
  const found = CALLED.map((name) => [name, functionAddress(path, name)] as const);
  if (found.some(([, address]) => address === undefined)) return undefined;
  return Object.fromEntries(found) as Addresses;
}
