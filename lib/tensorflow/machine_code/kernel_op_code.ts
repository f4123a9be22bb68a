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

const WORD = 8;

/** The functions of TensorFlow that the op's own code calls (`tensorflow/c/kernels.h` and `ops.h`). */
export const CALLED = [
  "TF_NewStatus",
  "TF_DeleteStatus",
  "TF_GetCode",
  "TF_NumInputs",
  "TF_GetInput",
  "TF_TensorData",
  "TF_SetOutput",
  "TF_DeleteTensor",
  "TF_OpKernelConstruction_GetAttrInt64",
  "TF_NewShapeHandle",
  "TF_DeleteShapeHandle",
  "TF_ShapeInferenceContextNumInputs",
  "TF_ShapeInferenceContextGetInput",
  "TF_ShapeInferenceContextSetOutput",
  "TF_ShapeInferenceContextSetUnknownShape",
] as const satisfies readonly `TF_${string}`[];
/** Where they are. */
export type Addresses = Record<typeof CALLED[number], bigint>;

/** `void* create(TF_OpKernelConstruction*)`: what belongs to an op is its task. */
export function taskCode(addresses: Addresses, attribute: bigint): Uint8Array<ArrayBuffer> {
  return functionCode(addresses, (asm) => {
    asm.sub(RSP, 2 * WORD);
    asm.mov(RDI, RBX);
    asm.movNumber(RSI, attribute);
    asm.mov(RDX, RSP);
    asm.mov(RCX, R13);
    call(asm, addresses.TF_OpKernelConstruction_GetAttrInt64);
    asm.load(R14, { base: RSP });
  });
}

/**
 * `void compute(void* task, TF_OpKernelContext*)`: calls the task's code with an array of the tensors'
 * addresses, and the task.
 */
export function kernelCode(addresses: Addresses): Uint8Array<ArrayBuffer> {
  return functionCode(addresses, (asm) => {
    // By the number of a tensor, from 1 on, in R14.
    const tensor: Memory = { base: RSP, index: R14, scale: WORD, offset: WORD };
    asm.mov(RDI, R12);
    call(asm, addresses.TF_NumInputs);
    // Two words for each tensor: its handle, and the address of its data in the second half. Of a
    // number of 32 bits the upper half of the register says nothing.
    asm.mov32(R14, RAX);
    asm.imul(RAX, R14, 2 * WORD);
    asm.sub(RSP, { register: RAX });
    asm.lea(RAX, { base: RSP, index: R14, scale: WORD });
    asm.push(RAX);
    asm.push(R14);
    asm.countDown(R14, 1, () => {
      asm.lea(RSI, { base: R14, offset: -1 });
      getInput(asm, addresses, tensor);
      asm.load(RDI, tensor);
      call(asm, addresses.TF_TensorData);
      asm.load(RCX, { base: RSP, offset: WORD });
      asm.store({ base: RCX, index: R14, scale: WORD, offset: -WORD }, RAX);
    });
    asm.load(RDI, { base: RSP, offset: WORD });
    asm.mov(RSI, RBX);
    asm.load(RAX, { base: RBX, offset: TASK.code });
    asm.call(RAX);
    asm.load(R14, { base: RSP });
    setOutput(asm, addresses, tensor);
    asm.countDown(R14, 1, () => {
      asm.load(RDI, tensor);
      call(asm, addresses.TF_DeleteTensor);
    });
  });
}

/** `void compute(void*, TF_OpKernelContext*)` */
export function writtenCode(addresses: Addresses): Uint8Array<ArrayBuffer> {
  return functionCode(addresses, (asm) => {
    const tensor: Memory = { base: RSP };
    asm.sub(RSP, 2 * WORD);
    asm.movNumber(RSI, 0n);
    getInput(asm, addresses, tensor);
    setOutput(asm, addresses, tensor);
    asm.load(RDI, tensor);
    call(asm, addresses.TF_DeleteTensor);
  });
}

/**
 * `void shape(TF_ShapeInferenceContext*, TF_Status*)`: the result has the shape of one of the inputs; one
 * that is not known if TensorFlow does not tell that.
 */
export function shapeCode(
  addresses: Addresses,
  { input }: { input: "first" | "last" },
): Uint8Array<ArrayBuffer> {
  return functionCode(addresses, (asm) => {
    const unknown = asm.label(), end = asm.label();
    call(asm, addresses.TF_NewShapeHandle);
    asm.mov(R14, RAX);
    asm.movNumber(RSI, 0n);
    if (input === "last") {
      asm.mov(RDI, RBX);
      call(asm, addresses.TF_ShapeInferenceContextNumInputs);
      asm.lea(RSI, { base: RAX, offset: -1 });
    }
    const pass = (address: bigint) => {
      asm.mov(RDI, RBX);
      asm.mov(RDX, R14);
      asm.mov(RCX, R13);
      call(asm, address);
    };
    pass(addresses.TF_ShapeInferenceContextGetInput);
    asm.mov(RDI, R13);
    call(asm, addresses.TF_GetCode);
    asm.mov32(RAX, RAX);
    asm.test(RAX, RAX);
    asm.jump("notZero", unknown);
    asm.movNumber(RSI, 0n);
    pass(addresses.TF_ShapeInferenceContextSetOutput);
    asm.xor(RAX, { register: RAX });
    asm.jump("zero", end);
    asm.place(unknown);
    asm.mov(RDI, RBX);
    asm.mov(RSI, R12);
    call(asm, addresses.TF_ShapeInferenceContextSetUnknownShape);
    asm.place(end);
    asm.mov(RDI, R14);
    call(asm, addresses.TF_DeleteShapeHandle);
  });
}

/** Does nothing. */
export function returnCode(): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  asm.ret();
  return asm.code;
}

/**
 * A function with its two arguments in RBX and R12 and a status in R13, which gives what is in R14 at
 * the end.
 */
function functionCode(
  addresses: Addresses,
  body: (asm: Assembler) => void,
): Uint8Array<ArrayBuffer> {
  const asm = new Assembler();
  // With the address to return to, so many that calls find the stack as they want it.
  const saved = [RBX, RBP, R12, R13, R14];
  saved.forEach((register) => asm.push(register));
  asm.mov(RBP, RSP);
  asm.mov(RBX, RDI);
  asm.mov(R12, RSI);
  call(asm, addresses.TF_NewStatus);
  asm.mov(R13, RAX);
  body(asm);
  asm.mov(RDI, R13);
  call(asm, addresses.TF_DeleteStatus);
  asm.mov(RAX, R14);
  asm.mov(RSP, RBP);
  saved.toReversed().forEach((register) => asm.pop(register));
  asm.ret();
  return asm.code;
}

/** Takes the input whose index is in RSI. */
function getInput(asm: Assembler, addresses: Addresses, tensor: Memory): void {
  asm.mov(RDI, R12);
  asm.lea(RDX, tensor);
  asm.mov(RCX, R13);
  call(asm, addresses.TF_GetInput);
}

function setOutput(asm: Assembler, addresses: Addresses, tensor: Memory): void {
  asm.mov(RDI, R12);
  asm.movNumber(RSI, 0n);
  asm.load(RDX, tensor);
  asm.mov(RCX, R13);
  call(asm, addresses.TF_SetOutput);
}

function call(asm: Assembler, address: bigint): void {
  asm.movNumber(RAX, address);
  asm.call(RAX);
}
