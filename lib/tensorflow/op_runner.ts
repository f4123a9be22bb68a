import type { OpAttribute } from "./op_attributes.ts";

/** An op that is asked for, its inputs being handles or outputs in a graph. */
export interface OpCall<T> {
  /** Its name in TensorFlow, such as `"MatMul"`, or that of a registered function. */
  name: string;
  inputs: T[];
  attributes: OpAttribute[];
  /** How many outputs it has. */
  outputs: number;
  /** What must have been computed before, though the op does not take it; ops at once have no need. */
  after?: T[];
  /** Whether it is known that nothing but one op takes its first output. */
  isTakenOnce?: boolean;
}

/** Where ops are asked for: run at once on handles, or taken down in a graph. */
export interface OpRunner<T> {
  /** Adds or runs an op. */
  operation(call: OpCall<T>): T[];
  shapeOf(tensor: T): number[];
  dtypeOf(tensor: T): number;
  /** A constant, int32. */
  ints(values: ArrayLike<number>, shape: number[]): T;
  /** A constant, float32. */
  floats(values: ArrayLike<number>, shape: number[]): T;
  /** The values of a constant, int32; `undefined` of what is known only when it runs. */
  intsOf(tensor: T): number[] | undefined;
}
