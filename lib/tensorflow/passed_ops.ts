import type { OpAttribute } from "./op_attributes.ts";
import type { OpRunner, UnnamedCall } from "./op_runner.ts";

/** Passes ops on to what runs them; a class that extends it may make others of some. */
export abstract class PassedOps<T> implements OpRunner<T> {
  /** Runs the ops. */
  protected readonly runner: OpRunner<T>;

  /** @param runner Runs the ops. */
  constructor(runner: OpRunner<T>) {
    this.runner = runner;
  }

  op(name: string, inputs: T[], attributes: OpAttribute[] = []): T {
    return this.operation(name, { inputs, attributes, outputs: 1 })[0]!;
  }

  abstract operation(name: string, call: UnnamedCall<T>): T[];

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
