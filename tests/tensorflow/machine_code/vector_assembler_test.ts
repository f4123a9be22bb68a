import { assertEquals } from "@std/assert";
import { RDI, RSI } from "../../../lib/tensorflow/machine_code/assembler.ts";
import { mapCode, unmapCode } from "../../../lib/tensorflow/machine_code/native_memory.ts";
import { VectorAssembler } from "../../../lib/tensorflow/machine_code/vector_assembler.ts";
import { VECTOR_ISAS } from "../_vector_isas.ts";
import { assertWrites, GOLDEN_CODES, methodsOf } from "./_golden_code.ts";

/** Methods that are run, or called by those that are compared. */
const OTHERS = ["transpose", "emitVector"];

/** Runs code that finds the address of what it writes in RDI, of what it reads in RSI. */
function run(assembler: VectorAssembler, to: BufferSource, from: BufferSource): void {
  assembler.vzeroupper();
  assembler.ret();
  const { code } = assembler;
  const address = mapCode(code.length, (memory) => memory.set(code));
  if (address === undefined) throw new Error("Cannot run machine code: the system refuses it");
  const definition = { parameters: ["buffer", "buffer"], result: "void" } as const;
  new Deno.UnsafeFnPointer(Deno.UnsafePointer.create(address)!, definition).call(to, from);
  unmapCode(address, code.length);
}

for (const { name, isa, missing: ignore } of VECTOR_ISAS) {
  const codes = GOLDEN_CODES[name as "AVX2" | "AVX-512"];
  const numbers = isa.bytes / 4;

  for (const method of Object.keys(codes)) {
    Deno.test(`VectorAssembler.${method}() writes the bytes that GNU as does for ${name}`, () => {
      assertWrites(codes, method, () => new VectorAssembler(isa));
    });
  }

  Deno.test(`every method of VectorAssembler is compared or run for ${name}`, () => {
    assertEquals(methodsOf(VectorAssembler), [...Object.keys(codes), ...OTHERS].sort());
  });

  Deno.test({
    name: `transpose() makes columns of rows, wherever they are, by ${name}`,
    ignore,
    fn: () => {
      // Rows overlap no vector's border, and columns come in another order.
      const rowStride = numbers + 3, columnStride = 2 * numbers + 1;
      const from = Uint32Array.from({ length: numbers * rowStride }, (_, i) => i * 0x9e3779b9);
      const to = new Uint32Array(numbers * columnStride);
      const expected = to.slice();
      for (let row = 0; row < numbers; row++) {
        for (let column = 0; column < numbers; column++) {
          const place = (numbers - 1 - column) * columnStride + row;
          expected[place] = from[row * rowStride + column]!;
        }
      }
      const assembler = new VectorAssembler(isa);
      assembler.transpose(
        (row) => ({ base: RSI, offset: row * rowStride * 4 }),
        (column) => ({ base: RDI, offset: (numbers - 1 - column) * columnStride * 4 }),
      );
      run(assembler, to, from);
      assertEquals(to, expected);
    },
  });

  Deno.test({
    name: `keepWherePositive() keeps numbers beside those greater than zero alone, by ${name}`,
    ignore,
    fn: () => {
      const smallest = 2 ** -149, largest = (2 - 2 ** -23) * 2 ** 127;
      const positive = [smallest, 2 ** -126, 0.5, 1, largest, Infinity];
      const others = [NaN, 0, -0, ...positive, ...positive.map((number) => -number)];
      const kept = [1.5, -2, NaN, Infinity, -Infinity, -0, smallest];
      // Every number of both beside every other, in whole vectors.
      const vectors = Math.ceil(others.length * kept.length / numbers), length = vectors * numbers;
      const from = new Float32Array(2 * length);
      from.set(Float32Array.from({ length }, (_, i) => kept[i % kept.length]!));
      from.set(Float32Array.from({ length }, (_, i) => others[i % others.length]!), length);
      const expected = from.slice(0, length).map((number, i) => from[length + i]! > 0 ? number : 0);

      const assembler = new VectorAssembler(isa);
      const [zero, vector, compared] = [0, isa.registers - 1, 6] as const;
      assembler.zero(zero);
      for (let offset = 0; offset < length * 4; offset += isa.bytes) {
        assembler.vmovups(vector, { base: RSI, offset });
        assembler.vmovups(compared, { base: RSI, offset: length * 4 + offset });
        assembler.keepWherePositive(vector, compared, zero);
        assembler.vmovupsStore({ base: RDI, offset }, vector);
      }
      const to = new Float32Array(length).fill(9);
      run(assembler, to, from);
      assertEquals(to, expected);
    },
  });
}
