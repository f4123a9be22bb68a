import { assertEquals } from "@std/assert";
import { Bfloat16Assembler } from "../../../lib/tensorflow/machine_code/bfloat16_assembler.ts";
import { assertWrites, GOLDEN_CODES, methodsOf } from "./_golden_code.ts";

const METHODS = Object.keys(GOLDEN_CODES.bfloat16);

for (const method of METHODS) {
  Deno.test(`Bfloat16Assembler.${method}() writes the bytes that GNU as does`, () => {
    assertWrites(GOLDEN_CODES.bfloat16, method, () => new Bfloat16Assembler());
  });
}

Deno.test("every method of Bfloat16Assembler is compared", () => {
  assertEquals(methodsOf(Bfloat16Assembler), METHODS.toSorted());
});
