import { assertEquals } from "@std/assert";
import type { Assembler } from "../../../lib/tensorflow/machine_code/assembler.ts";
import { golden } from "../../_golden.ts";

/** The arguments of a call, the instructions that it stands for, and their bytes by GNU `as`. */
type GoldenCode = [arguments: unknown[], text: string, bytes: string];

/** What `golden/make_machine_code.py` made: calls by method, or pieces of code by what they are. */
export type GoldenCodes = Record<string, GoldenCode[]>;

export const GOLDEN_CODES = golden<
  Record<"general" | "jumps" | "AVX2" | "AVX-512" | "more of AVX2" | "bfloat16", GoldenCodes>
>("machine_code");

/** Fails unless each call of a method writes what GNU `as` does; each is in code of its own. */
export function assertWrites<A extends Assembler>(
  codes: GoldenCodes,
  method: string,
  assembler: () => A,
): void {
  for (const [values, text, bytes] of codes[method]!) {
    const subject = assembler();
    const call = subject[method as keyof A] as (...values: unknown[]) => void;
    call.apply(subject, values.map(numberOf));
    assertEquals(subject.code.toHex(), bytes, text);
  }
}

/** JSON has numbers of 64 bits as text. */
function numberOf(value: unknown): unknown {
  return typeof value === "string" && /^-?\d+$/.test(value) ? BigInt(value) : value;
}

/** The names of the methods of a class itself. */
export function methodsOf({ prototype }: { prototype: object }): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => name !== "constructor" && typeof value === "function")
    .map(([name]) => name).sort();
}
