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
import { TASK } from "./task.ts";

/** The functions of TensorFlow that the op's own code calls (`tensorflow/c/kernels.h`). */
export const CALLED = [
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
/** The one that tells of an op's result that its shape is not known. */
export const SHAPE_FUNCTION = "TF_ShapeInferenceContextSetUnknownShape";
/** Where they are. */
export type Addresses = Record<typeof CALLED[number], bigint>;

/** `void* create(TF_OpKernelConstruction*)`: what belongs to an op is its task. */
export function taskCode(addresses: Addresses, attribute: bigint): Uint8Array<ArrayBuffer> {
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
export function kernelCode(addresses: Addresses): Uint8Array<ArrayBuffer> {
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
  // Two words for each tensor: its handle, and the address of its data in the second half. Of a
  // number of 32 bits the upper half of the register says nothing.
  asm.mov32(R14, RAX);
  asm.imul(RAX, R14, 16);
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
export function writtenCode(addresses: Addresses): Uint8Array<ArrayBuffer> {
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

/** Does nothing. */
export function returnCode(): Uint8Array<ArrayBuffer> {
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
