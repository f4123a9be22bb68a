/** A tensor in a safetensors file. */
export interface SafeTensor {
  /** float32, or int64. */
  data: Float32Array | BigInt64Array;
  shape: number[];
}

/** What a safetensors file holds. */
export interface Safetensors {
  tensors: Map<string, SafeTensor>;
  metadata: Record<string, string>;
}

interface Header {
  [name: string]: { dtype: string; shape: number[]; data_offsets: [number, number] };
}

const LENGTH_BYTES = 8, SPACE = 0x20;
const METADATA = "__metadata__";

/**
 * Serializes tensors in the safetensors format (https://huggingface.co/docs/safetensors): the
 * header's length, the header as JSON, the tensors' bytes in row-major order.
 *
 * @param content The tensors and the metadata.
 * @throws {TypeError} if a tensor's data is of another type, or not what its shape says.
 */
export function encodeSafetensors({ tensors, metadata }: Safetensors): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = { [METADATA]: metadata };
  let offset = 0;
  for (const [name, { data, shape }] of tensors) {
    const dtype = data instanceof Float32Array ? "F32" : "I64";
    const size = shape.reduce((product, count) => product * count, 1);
    const isKnown = dtype === "F32" || data instanceof BigInt64Array;
    if (!isKnown || data.length !== size) {
      throw new TypeError(
        `Cannot write the tensor ${name}: expected a Float32Array or a BigInt64Array of ${size} ` +
          `values for [${shape}], got a ${data.constructor.name} of ${data.length}`,
      );
    }
    header[name] = { dtype, shape, data_offsets: [offset, offset += data.byteLength] };
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  // Padded by spaces, so that the tensors begin at a multiple of 8 bytes.
  const length = Math.ceil(text.length / 8) * 8;
  const bytes = new Uint8Array(LENGTH_BYTES + length + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.fill(SPACE, LENGTH_BYTES, LENGTH_BYTES + length);
  bytes.set(text, LENGTH_BYTES);
  let at = LENGTH_BYTES + length;
  for (const { data } of tensors.values()) {
    bytes.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), at);
    at += data.byteLength;
  }
  return bytes;
}

/**
 * Reads what {@linkcode encodeSafetensors} or another program wrote.
 *
 * @param bytes A safetensors file.
 * @throws {Error} if it is cut short or has another form.
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const read = (offset: number, length: number) =>
    new Uint8Array(bytes.subarray(offset, offset + length));
  const { tensors, metadata } = listSafetensors({ size: bytes.length, read });
  return { tensors: readTensors(tensors), metadata };
}

/** Reads all of a file's tensors, by their names. */
export function readTensors(tensors: ReadonlyMap<string, StoredTensor>): Safetensors["tensors"] {
  return new Map(
    tensors.entries().map(([name, it]) => [name, { data: it.read(), shape: it.shape }]),
  );
}

/** A tensor in a safetensors file, of which nothing is read before it is asked for. */
export interface StoredTensor extends Pick<SafeTensor, "shape"> {
  /** Of its numbers. */
  dtype: "float32" | "int64";
  /** Its numbers, in memory of their own. */
  read(): SafeTensor["data"];
}

/** Bytes of which parts are asked for, such as a file's. */
export interface ByteSource {
  /** How many there are. */
  size: number;
  /** Some of them, in memory of their own. */
  read(offset: number, length: number): Uint8Array<ArrayBuffer>;
}

/**
 * Reads what a safetensors file says of its tensors, and of these nothing yet.
 *
 * @param source The file's bytes.
 * @returns The tensors by their names, and what is noted beside them.
 * @throws {Error} if the file is cut short or has another form.
 */
export function listSafetensors(
  source: ByteSource,
): { tensors: Map<string, StoredTensor>; metadata: Safetensors["metadata"] } {
  const { header, start } = readHeader(source);
  const tensors = new Map<string, StoredTensor>();
  const { [METADATA]: metadata, ...entries } = header as Header & {
    [METADATA]?: Record<string, string> | null;
  };
  for (const [name, entry] of Object.entries(entries)) {
    if (!isEntry(entry)) {
      throw new Error(`it is no safetensors file: its header's ${name} is broken`);
    }
    const { dtype, shape, data_offsets: [from, to] } = entry;
    if (start + to > source.size) {
      throw new Error(`it is cut short: ${source.size} of ${start + to} bytes or more`);
    }
    if (dtype !== "F32" && dtype !== "I64") {
      throw new Error(
        `its tensor ${name} is ${dtype}, expected F32 or I64; in Python: model.float() before saving`,
      );
    }
    const Values = dtype === "F32" ? Float32Array : BigInt64Array;
    const count = shape.reduce((product, size) => product * size, 1);
    if (to - from !== count * Values.BYTES_PER_ELEMENT) {
      throw new Error(
        `its tensor ${name} has ${to - from} bytes, not [${shape.join(", ")}] values`,
      );
    }
    tensors.set(name, {
      dtype: dtype === "F32" ? "float32" : "int64",
      shape,
      read: () => new Values(source.read(start + from, to - from).buffer),
    });
  }
  return { tensors, metadata: metadata ?? {} };
}

function readHeader({ size, read }: ByteSource): { header: Header; start: number } {
  const length = size >= LENGTH_BYTES
    ? Number(new DataView(read(0, LENGTH_BYTES).buffer).getBigUint64(0, true))
    : Infinity;
  const start = LENGTH_BYTES + length;
  if (start > size) throw new Error(`it is cut short or no safetensors file`);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(read(LENGTH_BYTES, length)));
  } catch {
    throw new Error("it is no safetensors file: its header is not JSON");
  }
  if (typeof header !== "object" || !header) {
    throw new Error("it is no safetensors file: its header is no JSON object");
  }
  return { header: header as Header, start };
}

/** Whether an entry has the form that the format prescribes. */
function isEntry(entry: unknown): entry is Header[string] {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Partial<Header[string]>;
  const isCount = (value: number) => Number.isSafeInteger(value) && value >= 0;
  return typeof dtype === "string" && Array.isArray(shape) && shape.every(isCount) &&
    Array.isArray(offsets) && offsets.length === 2 && offsets.every(isCount);
}
