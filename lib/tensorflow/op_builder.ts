import { AttributeType, DataType } from "./data_type.ts";
import type { OpAttribute } from "./op_attributes.ts";
import type { OpRunner } from "./op_runner.ts";

/** The sizes of images, `[B, H, W, C]`, or of a filter, `[h, w, in, out]`. */
export type Shape4D = [number, number, number, number];

/** The ops that convolutions are made of; what they compute with is float32. */
export class OpBuilder<T> {
  readonly #runner: OpRunner<T>;

  constructor(runner: OpRunner<T>) {
    this.#runner = runner;
  }

  /** @param after What must have been computed before, though the op does not take it. */
  op(name: string, inputs: T[], attributes: OpAttribute[] = [], after: T[] = []): T {
    return this.#runner.operation(name, { inputs, attributes, outputs: 1, after })[0]!;
  }

  /** An op that takes a list of tensors. */
  list(name: string, inputs: T[]): T {
    return this.op(name, inputs, listOf(inputs.length));
  }

  /** The shape of a tensor with four axes. */
  shapeOf(tensor: T): Shape4D {
    return this.#runner.shapeOf(tensor) as Shape4D;
  }

  ints(values: ArrayLike<number>, shape = [values.length]): T {
    return this.#runner.ints(values, shape);
  }

  floats(values: ArrayLike<number>, shape: number[]): T {
    return this.#runner.floats(values, shape);
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

  /** Some of the rows of a matrix. */
  rows(matrix: T, start: number, length: number): T {
    return this.slice(matrix, [start, 0], [length, -1]);
  }

  /** Rows of a matrix in any order, whose numbers are a tensor. */
  gather(matrix: T, rows: T): T {
    return this.op("GatherV2", [matrix, rows, this.ints([0], [])]);
  }

  /** Tensors one after the other along an axis: of matrices, one under the other. */
  concat(tensors: T[], axis = 0): T {
    if (tensors.length === 1) return tensors[0]!;
    return this.op("ConcatV2", [...tensors, this.ints([axis], [])], listOf(tensors.length));
  }

  product(left: T, right: T, after?: T[]): T {
    return this.op("MatMul", [left, right], [], after);
  }

  /** `transpose(left) * right`. */
  productOfColumns(left: T, right: T): T {
    return this.op("MatMul", [left, right], [truth("transpose_a")]);
  }

  /**
   * The products of two lists of matrices.
   *
   * @param transposed Which factors are transposed.
   */
  products(left: T, right: T, transposed: { left?: boolean; right?: boolean } = {}): T {
    const adjoint = [
      ...(transposed.left ? [truth("adj_x")] : []),
      ...(transposed.right ? [truth("adj_y")] : []),
    ];
    return this.op("BatchMatMulV2", [left, right], adjoint);
  }

  /** A sum that may have no term yet. */
  plus(sum: T | undefined, term: T): T {
    return sum ? this.op("AddV2", [sum, term]) : term;
  }

  sum(terms: T[]): T {
    return terms.length === 1 ? terms[0]! : this.list("AddN", terms);
  }
}

function listOf(count: number): OpAttribute[] {
  return [
    { name: "N", type: AttributeType.INT, value: count },
    { name: "T", type: AttributeType.TYPE, value: DataType.FLOAT },
  ];
}

function truth(name: string): OpAttribute {
  return { name, type: AttributeType.BOOL, value: true };
}
