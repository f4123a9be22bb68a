import { assertEquals } from "@std/assert";
import { Avx2Assembler } from "../../../lib/tensorflow/machine_code/avx2_assembler.ts";
import { assertWrites, GOLDEN_CODES, methodsOf } from "./_golden_code.ts";

const CODES = GOLDEN_CODES["more of AVX2"], METHODS = Object.keys(CODES);

for (const method of METHODS) {
  Deno.test(`Avx2Assembler.${method}() writes the bytes that GNU as does`, () => {
    assertWrites(CODES, method, () => new Avx2Assembler());
  });
}

Deno.test("every method of Avx2Assembler is compared", () => {
  assertEquals(methodsOf(Avx2Assembler), METHODS.toSorted());
});
