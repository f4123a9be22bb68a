import { type CApi, cString } from "../c_api.ts";
import { hasKernel } from "../one_dnn.ts";
import {
  Assembler,
  type Memory,
  R12,
  R13,
  R14,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
  RSP,
} from "./assembler.ts";
import { functionAddress, mapCode } from "./native_memory.ts";
import { TASK } from "./task.ts";

/**
 * The op that runs machine code of ours: of some tensors it gives the last one back, which the code
 * writes into. Its attribute is the address of a task.
 */
export const KERNEL_OP = "DenoscapesKernel", TASK_ATTRIBUTE = "task";
/**
 * The op that gives the first of its inputs when it has all: what several tasks wrote into. That they
 * are inputs keeps TensorFlow's graph optimizer from dropping the others.
 */
export const WRITTEN_OP = "DenoscapesWritten";

/** The functions of TensorFlow that the op's own code calls (`tensorflow/c/kernels.h`). */
const CALLED = [
  "TF_NewStatus",
  "TF_DeleteStatus",
  "TF_NumInputs",
  "TF_GetInput",
  "TF_TensorData",
  "TF_SetOutput",
  "TF_DeleteTensor",
  "TF_OpKernelConstruction_GetAttrInt64",
  "TF_ShapeInferenceContextSetUnknownShape",
] as const satisfies readonly `TF_${string}`[];
const SHAPE_FUNCTION = "TF_ShapeInferenceContextSetUnknownShape";
type Addresses = Record<typeof CALLED[number], bigint>;

/**
 * Registers {@linkcode KERNEL_OP} and {@linkcode WRITTEN_OP}, once in a process.
 *
 * @param path The library whose functions `api` are.
 * @returns Whether they are there now; not where code cannot be written or TensorFlow lacks a function.
 */
export function registerKernelOps(api: CApi, path: string): boolean {
  // Another thread of this process may have registered them.
  if (hasKernel(api, WRITTEN_OP)) return true;
  const addresses = addressesIn(path);
  // The op outlives this thread, and so must the name.
  const attribute = mapped(cString(TASK_ATTRIBUTE));
  if (!addresses || attribute === undefined) return false;
  const ops = [
    {
      name: KERNEL_OP,
      inputs: ["tensors: N * float"],
      attributes: ["N: int >= 1", `${TASK_ATTRIBUTE}: int`],
      create: taskCode(addresses, attribute),
      compute: kernelCode(addresses),
    },
    {
      name: WRITTEN_OP,
      inputs: ["parts: N * float"],
      attributes: ["N: int >= 1"],
      create: returnCode(),
      compute: writtenCode(addresses),
    },
  ];
  return ops.every((op) => register(api, { ...op, shape: addresses[SHAPE_FUNCTION] }));
}

/** What an op is registered with. */
interface OpDefinition {
  name: string;
  inputs: string[];
  attributes: string[];
  /** The code that makes what belongs to an op of a graph, and the code that runs it. */
  create: Uint8Array<ArrayBuffer>;
  compute: Uint8Array<ArrayBuffer>;
  /** The address of the function that infers the result's shape. */
  shape: bigint;
}

/** Registers an op of one result, float32, with its kernel for processors. */
function register(api: CApi, op: OpDefinition): boolean {
  const code = [op.create, op.compute, returnCode()].map(mapped);
  if (code.includes(undefined)) return false;
  const [create, compute, remove] = code.map((address) => Deno.UnsafePointer.create(address!));
  const status = api.TF_NewStatus();
  const name = cString(op.name);
  const definition = api.TF_NewOpDefinitionBuilder(name);
  for (const input of op.inputs) api.TF_OpDefinitionBuilderAddInput(definition, cString(input));
  api.TF_OpDefinitionBuilderAddOutput(definition, cString("written: float"));
  for (const attribute of op.attributes) {
    api.TF_OpDefinitionBuilderAddAttr(definition, cString(attribute));
  }
  const shape = Deno.UnsafePointer.create(op.shape);
  api.TF_OpDefinitionBuilderSetShapeInferenceFunction(definition, shape);
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

/** `void* create(TF_OpKernelConstruction*)`: what belongs to an op is its task. */
function taskCode(addresses: Addresses, attribute: bigint): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  const task = onStack(0), locals = 16;
  asm.push(RBX);
  asm.push(R12);
  asm.push(R13);
  asm.sub(RSP, locals);
  asm.mov(R12, RDI);
  call(asm, addresses.TF_NewStatus);
  asm.mov(R13, RAX);
  asm.mov(RDI, R12);
  asm.movNumber(RSI, attribute);
  asm.lea(RDX, task);
  asm.mov(RCX, R13);
  call(asm, addresses.TF_OpKernelConstruction_GetAttrInt64);
  asm.mov(RDI, R13);
  call(asm, addresses.TF_DeleteStatus);
  asm.load(RAX, task);
  asm.add(RSP, locals);
  asm.pop(R13);
  asm.pop(R12);
  asm.pop(RBX);
  asm.ret();
  return asm.code;
}

/**
 * `void compute(void* task, TF_OpKernelContext*)`: calls the task's code with an array of the tensors'
 * addresses, and the task.
 */
function kernelCode(addresses: Addresses): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  const saved = [RBX, RBP, R12, R13, R14];
  const tensor = (offset = 0): Memory => ({ base: RSP, index: R14, scale: 8, offset });
  saved.forEach((register) => asm.push(register));
  asm.mov(RBX, RDI);
  asm.mov(R12, RSI);
  asm.mov(RBP, RSP);
  call(asm, addresses.TF_NewStatus);
  asm.mov(R13, RAX);
  asm.mov(RDI, R12);
  call(asm, addresses.TF_NumInputs);
  // Two words for each tensor: its handle, and the address of its data in the second half.
  asm.mov(R14, RAX);
  asm.imul(RAX, RAX, 16);
  asm.sub(RSP, { register: RAX });
  asm.lea(RAX, { base: RSP, index: R14, scale: 8 });
  asm.push(RAX);
  asm.push(R14);
  const words = 16;
  const loop = asm.label();
  asm.place(loop);
  asm.mov(RDI, R12);
  asm.lea(RSI, { base: R14, offset: -1 });
  asm.lea(RDX, tensor(words - 8));
  asm.mov(RCX, R13);
  call(asm, addresses.TF_GetInput);
  asm.load(RDI, tensor(words - 8));
  call(asm, addresses.TF_TensorData);
  asm.load(RCX, { base: RSP, offset: 8 });
  asm.store({ base: RCX, index: R14, scale: 8, offset: -8 }, RAX);
  asm.sub(R14, 1);
  asm.jump("notZero", loop);
  asm.load(RDI, { base: RSP, offset: 8 });
  asm.mov(RSI, RBX);
  asm.load(RAX, { base: RBX, offset: TASK.code });
  asm.call(RAX);
  asm.load(R14, { base: RSP });
  asm.mov(RDI, R12);
  asm.movNumber(RSI, 0n);
  asm.load(RDX, tensor(words - 8));
  asm.mov(RCX, R13);
  call(asm, addresses.TF_SetOutput);
  const release = asm.label();
  asm.place(release);
  asm.load(RDI, tensor(words - 8));
  call(asm, addresses.TF_DeleteTensor);
  asm.sub(R14, 1);
  asm.jump("notZero", release);
  asm.mov(RDI, R13);
  call(asm, addresses.TF_DeleteStatus);
  asm.mov(RSP, RBP);
  saved.toReversed().forEach((register) => asm.pop(register));
  asm.ret();
  return asm.code;
}

/** `void compute(void*, TF_OpKernelContext*)` */
function writtenCode(addresses: Addresses): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  const tensor = onStack(0), locals = 16;
  asm.push(RBX);
  asm.push(R12);
  asm.push(R13);
  asm.sub(RSP, locals);
  asm.mov(R12, RSI);
  call(asm, addresses.TF_NewStatus);
  asm.mov(R13, RAX);
  asm.mov(RDI, R12);
  asm.movNumber(RSI, 0n);
  asm.lea(RDX, tensor);
  asm.mov(RCX, R13);
  call(asm, addresses.TF_GetInput);
  asm.mov(RDI, R12);
  asm.movNumber(RSI, 0n);
  asm.load(RDX, tensor);
  asm.mov(RCX, R13);
  call(asm, addresses.TF_SetOutput);
  asm.load(RDI, tensor);
  call(asm, addresses.TF_DeleteTensor);
  asm.mov(RDI, R13);
  call(asm, addresses.TF_DeleteStatus);
  asm.add(RSP, locals);
  asm.pop(R13);
  asm.pop(R12);
  asm.pop(RBX);
  asm.ret();
  return asm.code;
}

function returnCode(): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  asm.ret();
  return asm.code;
}

function call(asm: Assembler, address: bigint): void {
  asm.movNumber(RAX, address);
  asm.call(RAX);
}

function onStack(offset: number): Memory {
  return { base: RSP, offset };
}
