import { assertEquals, assertThrows } from "@std/assert";
import { decodeSafetensors, encodeSafetensors, type Safetensors } from "../../lib/mod.ts";

const CONTENT: Safetensors = {
  tensors: new Map([
    ["a", { data: Float32Array.of(1.5, -2, NaN), shape: [3] }],
    ["b.count", { data: BigInt64Array.of(-(2n ** 62n)), shape: [] }],
    ["c", { data: new Float32Array(), shape: [0, 4] }],
  ]),
  metadata: { format: "pt", note: "Grüße" },
};

Deno.test("safetensors are read as they were written", () => {
  assertEquals(decodeSafetensors(encodeSafetensors(CONTENT)), CONTENT);
});

Deno.test("safetensors that are cut short anywhere are an error", () => {
  const bytes = encodeSafetensors(CONTENT);
  for (let length = 0; length < bytes.length; length++) {
    assertThrows(() => decodeSafetensors(bytes.subarray(0, length)), Error, "it is cut short");
  }
});

/** A file with a header as it is given. */
function withHeader(header: string, data = 0): Uint8Array {
  const text = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + text.length + data);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

Deno.test("tensors are read wherever other programs' headers have them begin", () => {
  for (let more = 0; more < 8; more++) {
    const [spaces, data] = [" ".repeat(more), Float32Array.of(1.5, -2)];
    const bytes = withHeader(
      `${spaces}{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`,
      data.byteLength,
    );
    bytes.set(new Uint8Array(data.buffer), bytes.length - data.byteLength);
    assertEquals(decodeSafetensors(bytes).tensors.get("x"), { data, shape: [2] });
  }
});

Deno.test("safetensors of another form are an error", () => {
  const tensor = (dtype: string, shape: string, end: number) =>
    withHeader(`{"x":{"dtype":"${dtype}","shape":${shape},"data_offsets":[0,${end}]}}`, end);
  assertThrows(() => decodeSafetensors(withHeader("weights")), Error, "its header is not JSON");
  assertThrows(() => decodeSafetensors(tensor("F16", "[2]", 4)), Error, "x is F16, expected F32");
  assertThrows(() => decodeSafetensors(tensor("F32", "[2]", 4)), Error, "x has 4 bytes, not [2]");
});

Deno.test("safetensors with a header of another form are an error", () => {
  const broken = (header: string) => {
    assertThrows(
      () => decodeSafetensors(withHeader(header, 8)),
      Error,
      "it is no safetensors file",
    );
  };
  ["null", "1", '{"x":null}', '{"x":{"dtype":"F32","shape":[2]}}'].forEach(broken);
  broken('{"x":{"dtype":"F32","shape":[2],"data_offsets":[-8,0]}}');
  broken('{"x":{"dtype":"F32","shape":2,"data_offsets":[0,8]}}');
});

Deno.test("tensors in a safetensors file lie at multiples of 8 bytes, whatever their names", () => {
  const data = Float32Array.of(1, 2);
  for (const name of ["a", "größe", "重み"]) {
    const content = { tensors: new Map([[name, { data, shape: [2] }]]), metadata: {} };
    const bytes = encodeSafetensors(content);
    assertEquals((bytes.length - data.byteLength) % 8, 0);
    assertEquals(decodeSafetensors(bytes).tensors.get(name)!.data, data);
  }
});

Deno.test("tensors that a file could not hold are refused", () => {
  const write = (data: unknown, shape: number[]) => () =>
    encodeSafetensors({
      tensors: new Map([["a", { data: data as Float32Array, shape }]]),
      metadata: {},
    });
  assertThrows(write(new Float64Array(2), [2]), TypeError, "got a Float64Array of 2");
  assertThrows(write(new Float32Array(2), [3]), TypeError, "of 3 values for [3]");
});
