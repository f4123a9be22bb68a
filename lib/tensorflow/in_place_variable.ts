import type { Tensor } from "@tensorflow/tfjs-node-gpu";
import { AttributeType, DataType } from "./data_type.ts";
import type { TensorFlow } from "./load_package.ts";
import { mayRunMachineCode, nodeBackend } from "./node_backend.ts";
import { rawOp } from "./raw_op.ts";
import { newVariableError } from "./trace_function.ts";

const FLOAT = { dtype: { type: "FLOAT" } } as const;

let variables = 0;

/**
 * A variable of float32 that is changed where it lies, where XLA compiles what changes it, or by
 * {@linkcode inPlaceAdam}. tfjs's variables get another tensor with each value, and the old one is there
 * until the function that computes the new one has ended; this one's new value takes the old one's
 * memory. Compiled functions read and assign it in the order of their lines, and calls in the order in
 * which they were started. A call that fails may have changed it.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { engine } from "./engine.ts";
 * import { fuse } from "./fuse.ts";
 * import { InPlaceVariable } from "./in_place_variable.ts";
 *
 * const tf = await engine();
 * const sum = new InPlaceVariable(tf, [2]);
 * const add = fuse(tf, (x) => {
 *   sum.assign(sum.clone().add(x));
 *   return x.square();
 * });
 * add(tf.tensor1d([1, 2]));
 * add(tf.tensor1d([10, 20]));
 * assertEquals([...sum.clone().dataSync()], [11, 22]);
 * sum.dispose();
 * ```
 */
export class InPlaceVariable {
  readonly shape: number[];
  readonly #tf: TensorFlow;
  /** TensorFlow's handle of it, which is the same for all its values. */
  readonly #handle: Tensor;

  /**
   * All of it is 0 at first.
   *
   * @param tf The engine.
   * @param shape Its shape, that of all its values.
   * @throws {Error} within a function that is being compiled.
   */
  constructor(tf: TensorFlow, shape: number[]) {
    if (nodeBackend(tf).binding.isTracing) throw newVariableError();
    this.#tf = tf;
    this.shape = shape;
    const attributes = {
      ...FLOAT,
      shape: { shape },
      container: "",
      shared_name: `in_place_${variables++}`,
    };
    const [handle] = rawOp(tf, { name: "VarHandleOp", inputs: [] }, { attributes });
    this.#handle = tf.keep(handle!);
    const zeros = tf.fill(shape, 0);
    this.assign(zeros);
    zeros.dispose();
  }

  /**
   * Its value now, which stays as it is; the caller owns the tensor.
   *
   * @throws {Error} if it is disposed.
   */
  clone(): Tensor {
    this.#wait();
    const backend = nodeBackend(this.#tf);
    // As rawOp() would, but in a graph the handle does not tell the shape.
    const dtype = { name: "dtype", type: AttributeType.TYPE, value: DataType.FLOAT };
    const [handle] = backend.getInputTensorIds([this.#handle]);
    const read = backend.createOutputTensor(
      backend.binding.readVariable([dtype], handle!, this.shape),
    );
    // A trace copies it by itself.
    if (backend.binding.isTracing) return read;
    const own = this.#own(read);
    if (own !== read) read.dispose();
    return own;
  }

  /** TensorFlow's handle of it, which belongs to it: for ops that take one. */
  get handle(): Tensor {
    this.#wait();
    return this.#handle;
  }

  /**
   * @param value Its next value, float32; the caller goes on owning it.
   * @throws {RangeError} if it has another shape.
   * @throws {TypeError} if it has another data type.
   * @throws {Error} if the variable is disposed.
   */
  assign(value: Tensor): void {
    if (`${value.shape}` !== `${this.shape}`) {
      throw new RangeError(
        `Cannot assign to a variable: expected a value [${this.shape}], got [${value.shape}]`,
      );
    }
    if (value.dtype !== "float32") {
      throw new TypeError(`Cannot assign to a variable: expected float32, got ${value.dtype}`);
    }
    this.#wait();
    const own = this.#own(value);
    const call = { name: "AssignVariableOp", inputs: [this.#handle, own] };
    rawOp(this.#tf, call, { attributes: FLOAT, outputs: 0 });
    if (own !== value) own.dispose();
  }

  /** Frees it; what was compiled with it must not be called any more. */
  dispose(): void {
    if (this.#handle.isDisposed) return;
    this.#wait();
    const call = { name: "DestroyResourceOp", inputs: [this.#handle] };
    rawOp(this.#tf, call, { attributes: { ignore_lookup_error: true }, outputs: 0 });
    this.#handle.dispose();
  }

  /** A tensor that shares no memory with another one, where machine code may change the variable's. */
  #own(tensor: Tensor): Tensor {
    if (!mayRunMachineCode(this.#tf)) return tensor;
    return rawOp(this.#tf, { name: "DeepCopy", inputs: [tensor] })[0]!;
  }

  /** Waits for the calls under way: its handle does not tell whether one of them changes it. */
  #wait(): void {
    if (this.#handle.isDisposed) throw new Error("Cannot use a variable that is disposed");
    const { binding } = nodeBackend(this.#tf);
    if (!binding.isTracing) binding.settle();
  }
}
