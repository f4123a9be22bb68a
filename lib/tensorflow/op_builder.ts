import { AttributeType, DataType } from "./data_type.ts";
import type { OpAttribute } from "./op_attributes.ts";
import { KERNEL_OP, TASK_ATTRIBUTE, WRITTEN_OP } from "./machine_code/mod.ts";
import type { OpRunner } from "./op_runner.ts";

/** The sizes of images, `[B, H, W, C]`, or of a filter, `[h, w, in, out]`. */
export type Shape4D = [number, number, number, number];

/** The ops that others are made of; they compute with float32, machine code also with bfloat16. */
export class OpBuilder<T> {
  readonly #runner: OpRunner<T>;

  constructor(runner: OpRunner<T>) {
    this.#runner = runner;
  }

  /** @param after What must have been computed before, though the op does not take it. */
  op(name: string, inputs: T[], attributes: OpAttribute[] = [], after: T[] = []): T {
    return this.#runner.operation({ name, inputs, attributes, outputs: 1, after })[0]!;
  }

  /** An op that takes a list of tensors. */
  list(name: string, inputs: T[]): T {
    return this.op(name, inputs, listOf(inputs));
  }

  /** The shape of images or of a filter. */
  shapeOf(tensor: T): Shape4D {
    return this.#runner.shapeOf(tensor) as Shape4D;
  }

  ints(values: ArrayLike<number>, shape = [values.length]): T {
    return this.#runner.ints(values, shape);
  }

  floats(values: ArrayLike<number>, shape: number[]): T {
    return this.#runner.floats(values, shape);
  }

  /** Memory for numbers, whatever is in it. */
  empty(shape: number[], after?: T[], type: number = DataType.FLOAT): T {
    const dtype = { name: "dtype", type: AttributeType.TYPE, value: type };
    return this.op("Empty", [this.ints(shape)], [dtype], after);
  }

  /**
   * Runs machine code of ours.
   *
   * @param task The address of a task.
   * @param inputs The tensors that it takes, those of bfloat16 first.
   * @param result The memory that it writes into; other tasks may do so too.
   * @returns The memory of the result.
   */
  machineCode(task: bigint, inputs: T[], result: T): T {
    const rounded =
      inputs.filter((input) => this.#runner.dtypeOf(input) === DataType.BFLOAT16).length;
    return this.op(KERNEL_OP, [...inputs, result], [
      { name: "M", type: AttributeType.INT, value: rounded },
      { name: "N", type: AttributeType.INT, value: inputs.length - rounded },
      this.#typeOf(result),
      // Addresses have fewer bits than a number holds.
      { name: TASK_ATTRIBUTE, type: AttributeType.INT, value: Number(task) },
    ]);
  }

  /** What several tasks wrote into, once all have. */
  written(parts: T[]): T {
    const [first] = parts as [T];
    if (parts.length === 1) return first;
    return this.op(WRITTEN_OP, parts, [countOf(parts), this.#typeOf(first)]);
  }

  #typeOf(tensor: T): OpAttribute {
    return { name: "T", type: AttributeType.TYPE, value: this.#runner.dtypeOf(tensor) };
  }

  reshape(tensor: T, shape: number[], after?: T[]): T {
    return this.op("Reshape", [tensor, this.ints(shape)], [], after);
  }

  transpose(tensor: T, axes: number[]): T {
    return this.op("Transpose", [tensor, this.ints(axes)]);
  }

  reverse(tensor: T, axes: number[]): T {
    return this.op("ReverseV2", [tensor, this.ints(axes)]);
  }

  /** @param margins How many zeros come before and after, for each axis. */
  pad(tensor: T, margins: number[][], after?: T[]): T {
    return this.op("Pad", [tensor, this.ints(margins.flat(), [margins.length, 2])], [], after);
  }

  /** @param size How much of each axis; -1 for all that is left. */
  slice(tensor: T, start: number[], size: number[], after?: T[]): T {
    return this.op("Slice", [tensor, this.ints(start), this.ints(size)], [], after);
  }

  /** The parts of a tensor along its first axis, without that axis. */
  unstack(tensor: T, count: number): T[] {
    const num = { name: "num", type: AttributeType.INT, value: count };
    return this.#runner.operation({
      name: "Unpack",
      inputs: [tensor],
      attributes: [num],
      outputs: count,
    });
  }

  /** Some of the rows of a matrix. */
  rows(matrix: T, start: number, length: number): T {
    return this.slice(matrix, [start, 0], [length, -1]);
  }

  /** Tensors one after the other along an axis: of matrices, one under the other. */
  concat(tensors: T[], axis = 0): T {
    if (tensors.length === 1) return tensors[0]!;
    return this.op("ConcatV2", [...tensors, this.ints([axis], [])], listOf(tensors));
  }

  /** `transpose(left) * right`. */
  productOfColumns(left: T, right: T): T {
    return this.op("MatMul", [left, right], [{
      name: "transpose_a",
      type: AttributeType.BOOL,
      value: true,
    }]);
  }

  sum(terms: T[]): T {
    return terms.length === 1 ? terms[0]! : this.list("AddN", terms);
  }
}

function listOf(tensors: unknown[]): OpAttribute[] {
  return [countOf(tensors), { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT }];
}

function countOf(tensors: unknown[]): OpAttribute {
  return { name: "N", type: AttributeType.INT, value: tensors.length };
}
