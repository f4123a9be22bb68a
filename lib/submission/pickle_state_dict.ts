import { concatBytes } from "../system/mod.ts";
import type { SafeTensor } from "../training/mod.ts";

/** Opcodes of Python's pickle, protocol 2 (`Lib/pickletools.py`). */
const OP = {
  proto: 0x80,
  global: 0x63, // c: two lines, module and name
  binPut: 0x71, // q
  longBinPut: 0x72, // r
  binGet: 0x68, // h
  longBinGet: 0x6a, // j
  mark: 0x28, // (
  emptyTuple: 0x29, // )
  tuple: 0x74, // t: from the mark
  tuple1: 0x85,
  tuple2: 0x86,
  tuple3: 0x87,
  reduce: 0x52, // R
  binUnicode: 0x58, // X
  binInt1: 0x4b, // K
  binInt2: 0x4d, // M
  binInt: 0x4a, // J
  binPersId: 0x51, // Q
  newFalse: 0x89,
  setItems: 0x75, // u
  stop: 0x2e, // .
} as const;

/** Other programs' names, as `module name`. */
const ORDERED_DICT = "collections OrderedDict";
const REBUILD = "torch._utils _rebuild_tensor_v2";
const FLOAT_STORAGE = "torch FloatStorage", LONG_STORAGE = "torch LongStorage";

/**
 * The pickle in PyTorch's file of a `state_dict`: an `OrderedDict` of tensors, of which each is put
 * together of a storage, in the file under the tensor's number, its offset, size and strides
 * (`torch/_utils.py`, `_rebuild_tensor_v2`). It is what `torch.save` writes, byte for byte.
 *
 * @param tensors float32 or int64, by name; no two share their values.
 */
export function pickleStateDict(tensors: ReadonlyMap<string, SafeTensor>): Uint8Array {
  const pickle = new Pickle();
  pickle.op(OP.proto, 2);
  pickle.emptyOrderedDict();
  pickle.op(OP.mark);
  let number = 0;
  for (const [name, tensor] of tensors) {
    pickle.text(name);
    pickle.tensor(`${number++}`, tensor);
  }
  pickle.op(OP.setItems);
  pickle.op(OP.stop);
  return pickle.bytes();
}

/** Writes a pickle. What Python remembers, it remembers too: it may be meant again. */
class Pickle {
  readonly #parts: Uint8Array[] = [];
  /** The places of what may come again, by its text. */
  readonly #places = new Map<string, number>();
  #remembered = 0;

  bytes(): Uint8Array {
    return concatBytes(this.#parts);
  }

  op(code: number, ...operands: number[]): void {
    this.#parts.push(Uint8Array.of(code, ...operands));
  }

  emptyOrderedDict(): void {
    this.#global(ORDERED_DICT);
    this.op(OP.emptyTuple);
    this.op(OP.reduce);
    this.#remember();
  }

  text(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.op(OP.binUnicode, ...little(bytes.length, 4));
    this.#parts.push(bytes);
    this.#remember();
  }

  tensor(key: string, { data, shape }: SafeTensor): void {
    this.#global(REBUILD);
    this.op(OP.mark);
    this.#storage(key, data);
    this.#integer(0); // The offset.
    this.#integers(shape);
    this.#integers(stridesOf(shape));
    this.op(OP.newFalse); // It requires no gradient
    this.emptyOrderedDict(); // and has no hooks.
    this.op(OP.tuple);
    this.#remember();
    this.op(OP.reduce);
    this.#remember();
  }

  #storage(key: string, data: SafeTensor["data"]): void {
    this.op(OP.mark);
    this.#once("storage");
    this.#global(data instanceof Float32Array ? FLOAT_STORAGE : LONG_STORAGE);
    this.text(key);
    this.#once("cpu");
    this.#integer(data.length);
    this.op(OP.tuple);
    this.#remember();
    this.op(OP.binPersId);
  }

  #integers(values: readonly number[]): void {
    if (values.length === 0) return this.op(OP.emptyTuple);
    if (values.length > 3) this.op(OP.mark);
    for (const value of values) this.#integer(value);
    this.op([OP.tuple1, OP.tuple2, OP.tuple3][values.length - 1] ?? OP.tuple);
    this.#remember();
  }

  #integer(value: number): void {
    if (value < 2 ** 8) this.op(OP.binInt1, value);
    else if (value < 2 ** 16) this.op(OP.binInt2, ...little(value, 2));
    else this.op(OP.binInt, ...little(value, 4));
  }

  #global(name: string): void {
    if (this.#recall(name)) return;
    this.op(OP.global);
    this.#parts.push(new TextEncoder().encode(`${name.replace(" ", "\n")}\n`));
    this.#remember(name);
  }

  /** A text that comes again and again. */
  #once(text: string): void {
    if (this.#recall(text)) return;
    this.text(text);
    this.#places.set(text, this.#remembered - 1);
  }

  #remember(name?: string): void {
    const place = this.#remembered++;
    if (name !== undefined) this.#places.set(name, place);
    if (place < 2 ** 8) this.op(OP.binPut, place);
    else this.op(OP.longBinPut, ...little(place, 4));
  }

  #recall(name: string): boolean {
    const place = this.#places.get(name);
    if (place === undefined) return false;
    if (place < 2 ** 8) this.op(OP.binGet, place);
    else this.op(OP.longBinGet, ...little(place, 4));
    return true;
  }
}

/** How far apart neighbours along each axis are, in a row-major array. */
function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => shape.slice(axis + 1).reduce((product, size) => product * size, 1));
}

function little(value: number, bytes: number): number[] {
  return Array.from({ length: bytes }, (_, i) => (value >>> (8 * i)) & 255);
}
