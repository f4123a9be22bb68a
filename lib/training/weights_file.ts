import {
  type ByteSource,
  listSafetensors,
  type Safetensors,
  type StoredTensor,
} from "./safetensors.ts";

/** A safetensors file that is open. */
export interface WeightsFile extends Disposable {
  path: string;
  /** By their names, without what wrappers of PyTorch put before these; read until it is disposed. */
  tensors: Map<string, StoredTensor>;
  /** What is noted beside them. */
  metadata: Safetensors["metadata"];
}

/** What wrappers of PyTorch put before the names: `DataParallel` and `torch.compile`. */
const WRAPPERS = /^(?:module\.|_orig_mod\.)+/;
/** What PyTorch's own files begin with: those of a zip, and of the pickles before PyTorch 1.6. */
const TORCH_FILES = ["504b0304", "80028a0a"];

/**
 * Opens a safetensors file. Its tensors are read when they are asked for, so that those of a large
 * model need not be in memory at once.
 *
 * @returns What it has, for the caller to dispose.
 * @throws {Error} naming the file if it is absent, cut short or of another format, and so where a tensor
 *   is read.
 */
export async function openWeights(path: string): Promise<WeightsFile> {
  const fail = (error: unknown): never => {
    const { message } = error as Error;
    const reason = error instanceof Deno.errors.NotFound ? "there is no such file" : message;
    throw new Error(`Cannot load ${path}: ${reason}`, { cause: error });
  };
  const file = await Deno.open(path).catch(fail);
  try {
    const source = await byteSource(file);
    if (TORCH_FILES.includes(source.read(0, Math.min(source.size, 4)).toHex())) {
      throw new Error(
        "it is in PyTorch's own format, expected safetensors; in Python: " +
          'safetensors.torch.save_file(model.state_dict(), "weights.safetensors")',
      );
    }
    const { tensors, metadata } = listSafetensors(source);
    const named = tensors.entries().map(([name, tensor]) => {
      const read = () => {
        try {
          return tensor.read();
        } catch (error) {
          return fail(error);
        }
      };
      return [name.replace(WRAPPERS, ""), { ...tensor, read }] as const;
    });
    return { path, tensors: new Map(named), metadata, [Symbol.dispose]: () => file.close() };
  } catch (error) {
    file.close();
    return fail(error);
  }
}

async function byteSource(file: Deno.FsFile): Promise<ByteSource> {
  const { size } = await file.stat();
  const read = (offset: number, length: number) => {
    const bytes = new Uint8Array(length);
    file.seekSync(offset, Deno.SeekMode.Start);
    for (let at = 0; at < length;) {
      const count = file.readSync(bytes.subarray(at));
      if (count === null) throw new Error(`it is cut short at byte ${offset + at}`);
      at += count;
    }
    return bytes;
  };
  return { size, read };
}
