import { assertEquals, assertThrows } from "@std/assert";
import {
  Assembler,
  R11,
  R12,
  R14,
  R15,
  RAX,
  RBP,
  RBX,
  RCX,
  RDI,
  RDX,
  RSI,
} from "../../../lib/tensorflow/machine_code/assembler.ts";
import { assertWrites, GOLDEN_CODES, methodsOf } from "./_golden_code.ts";

/** Methods that are compared by pieces of code, or with no other program. */
const OTHERS = ["countDown", "emit", "emit32", "emitOperands", "jump", "label", "place"];

const METHODS = Object.keys(GOLDEN_CODES.general);

for (const method of METHODS) {
  Deno.test(`Assembler.${method}() writes the bytes that GNU as does`, () => {
    assertWrites(GOLDEN_CODES.general, method, () => new Assembler());
  });
}

Deno.test("every method of Assembler is compared with something", () => {
  assertEquals(methodsOf(Assembler), [...METHODS, ...OTHERS].sort());
});

/** Fails unless a piece of code is what GNU as makes of it. */
function assertJumps(name: string, write: (assembler: Assembler) => void): void {
  const assembler = new Assembler();
  write(assembler);
  const [[, text, bytes]] = GOLDEN_CODES.jumps[name] as [[unknown, string, string]];
  assertEquals(assembler.code.toHex(), bytes, text);
}

Deno.test("jump() goes forward to a label that is placed later, on every condition", () => {
  assertJumps("forward", (a) => {
    const label = a.label();
    for (const condition of ["less", "notLess", "zero", "notZero", "negative"] as const) {
      a.jump(condition, label);
    }
    a.call(R11);
    a.place(label);
    a.ret();
  });
});

Deno.test("jump() goes back to a label, any number of times", () => {
  assertJumps("backward", (a) => {
    const label = a.label();
    a.push(RBX);
    a.place(label);
    a.pop(RBX);
    a.jump("negative", label);
    a.jump("less", label);
    a.ret();
  });
});

Deno.test("jump() goes to one label from before and after it", () => {
  assertJumps("both ways", (a) => {
    const label = a.label();
    a.jump("zero", label);
    a.push(R12);
    a.place(label);
    a.pop(R12);
    a.jump("notZero", label);
    a.ret();
  });
});

Deno.test("jump() goes to itself, and to what comes next", () => {
  assertJumps("to itself", (a) => {
    const [here, next] = [a.label(), a.label()];
    a.place(here);
    a.jump("zero", here);
    a.jump("zero", next);
    a.place(next);
  });
});

Deno.test("countDown() repeats what is written in it, and loops nest", () => {
  assertJumps("loop", (a) => {
    a.mov(RCX, RDX);
    a.countDown(RCX, 1, () => a.add(RAX, 8));
    a.ret();
  });
  assertJumps("loop in a loop", (a) => {
    a.countDown(RDI, 1000, () => {
      a.mov(R15, R14);
      a.countDown(R15, 16, () => a.add(RSI, 64));
    });
  });
});

Deno.test("code that outgrows its first memory is kept, and jumps reach over it", () => {
  const assembler = new Assembler();
  const [start, end] = [assembler.label(), assembler.label()];
  assembler.place(start);
  assembler.jump("zero", end);
  const numbers = Uint8Array.from({ length: 10_000 }, (_, i) => i * 7);
  for (const byte of numbers) assembler.emit(byte);
  assembler.jump("less", start);
  assembler.place(end);
  const { code } = assembler;
  const view = new DataView(code.buffer);
  assertEquals(code.length, 10_012);
  assertEquals(code.subarray(6, 10_006), numbers);
  assertEquals(view.getInt32(2, true), 10_006);
  assertEquals(view.getInt32(10_008, true), -10_012);
});

Deno.test("an instruction may lie on the border at which the memory grows", () => {
  for (let before = 4080; before <= 4096; before++) {
    const assembler = new Assembler();
    for (let i = 0; i < before; i++) assembler.ret();
    assembler.movNumber(RAX, 0x1122334455667788n);
    assembler.emit32(-2);
    const { code } = assembler;
    assertEquals(code.subarray(before).toHex(), "48b88877665544332211feffffff");
  }
});

Deno.test("code is a copy, which later instructions leave as it is", () => {
  const assembler = new Assembler();
  assembler.ret();
  const { code } = assembler;
  assembler.emit(1, 2);
  code[0] = 0;
  assertEquals([...code], [0]);
  assertEquals([...assembler.code], [0xc3, 1, 2]);
});

Deno.test("offsets and numbers that do not fit into 32 bits are refused", () => {
  const assembler = new Assembler();
  for (const offset of [2 ** 31, -(2 ** 31) - 1, 2 ** 40]) {
    assertThrows(() => assembler.load(RAX, { base: RBP, offset }), RangeError, `${offset}`);
    assertThrows(() => assembler.emitOperands(RAX, { base: RBP, offset }, 64), RangeError);
    assertThrows(() => assembler.add(RAX, offset), RangeError);
    assertThrows(() => assembler.imul(RAX, RAX, offset), RangeError);
  }
});
