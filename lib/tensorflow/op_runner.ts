import type { OpAttribute } from "./op_attributes.ts";

/** Where ops are asked for: run at once on handles, or taken down in a graph. */
export interface OpRunner<T> {
  /** Adds or runs an op that has one output. */
  op(name: string, inputs: T[], attributes?: OpAttribute[]): T;
  /**
   * Adds or runs an op.
   *
   * @param call.after What must have been computed before, though the op does not take it.
   */
  operation(
    name: string,
    call: { inputs: T[]; attributes: OpAttribute[]; outputs: number; after?: T[] },
  ): T[];
  shapeOf(tensor: T): number[];
  dtypeOf(tensor: T): number;
  /** A constant, int32. */
  ints(values: ArrayLike<number>, shape: number[]): T;
  /** A constant, float32. */
  floats(values: ArrayLike<number>, shape: number[]): T;
  /** The values of a constant, int32. */
  intsOf(constant: T): number[];
}
