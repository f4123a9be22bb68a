import type { OpAttribute } from "./op_attributes.ts";
import type { NamedOpCall } from "./op_repairs.ts";

/** An op with its number of outputs. */
export interface Call<T> extends NamedOpCall<T> {
  outputs: number;
  /** What must have been computed before, though the op does not take it; ops at once have no need. */
  after?: T[];
  /** Whether it is known that nothing but one op takes its first output. */
  isTakenOnce?: boolean;
}

/** An op's inputs, attributes and number of outputs, where its name stands beside them. */
export type UnnamedCall<T> = Omit<Call<T>, "name">;

/** Where ops are asked for: run at once on handles, or taken down in a graph. */
export interface OpRunner<T> {
  /** Adds or runs an op that has one output. */
  op(name: string, inputs: T[], attributes?: OpAttribute[]): T;
  /** Adds or runs an op. */
  operation(name: string, call: UnnamedCall<T>): T[];
  shapeOf(tensor: T): number[];
  dtypeOf(tensor: T): number;
  /** A constant, int32. */
  ints(values: ArrayLike<number>, shape: number[]): T;
  /** A constant, float32. */
  floats(values: ArrayLike<number>, shape: number[]): T;
  /** The values of a constant, int32; `undefined` of what is known only when it runs. */
  intsOf(tensor: T): number[] | undefined;
}
