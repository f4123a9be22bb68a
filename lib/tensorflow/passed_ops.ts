import type { OpCall, OpRunner } from "./op_runner.ts";

/** Passes ops on to what runs them; a class that extends it may make others of some. */
export abstract class PassedOps<T> implements OpRunner<T> {
  /** Runs the ops. */
  protected readonly runner: OpRunner<T>;

  /** @param runner Runs the ops. */
  constructor(runner: OpRunner<T>) {
    this.runner = runner;
  }

  abstract operation(call: OpCall<T>): T[];

  shapeOf(tensor: T): number[] {
    return this.runner.shapeOf(tensor);
  }

  dtypeOf(tensor: T): number {
    return this.runner.dtypeOf(tensor);
  }

  ints(values: ArrayLike<number>, shape: number[]): T {
    return this.runner.ints(values, shape);
  }

  floats(values: ArrayLike<number>, shape: number[]): T {
    return this.runner.floats(values, shape);
  }

  intsOf(tensor: T): number[] | undefined {
    return this.runner.intsOf(tensor);
  }
}
