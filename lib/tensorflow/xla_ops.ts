import { maxPooling } from "./max_pooling.ts";
import type { OpAttribute } from "./op_attributes.ts";
import type { Call, OpRunner } from "./op_runner.ts";

/** Adds ops to a graph that XLA is to compile, or others where XLA makes more of them. */
export class XlaOps<T> implements OpRunner<T> {
  readonly #runner: OpRunner<T>;

  /** @param runner Adds the ops. */
  constructor(runner: OpRunner<T>) {
    this.#runner = runner;
  }

  op(name: string, inputs: T[], attributes: OpAttribute[] = []): T {
    return this.operation(name, { inputs, attributes, outputs: 1 })[0]!;
  }

  operation(name: string, call: Omit<Call<T>, "name">): T[] {
    const pooled = maxPooling(this.#runner, { name, ...call });
    return pooled ? [pooled] : this.#runner.operation(name, call);
  }

  shapeOf(tensor: T): number[] {
    return this.#runner.shapeOf(tensor);
  }

  dtypeOf(tensor: T): number {
    return this.#runner.dtypeOf(tensor);
  }

  ints(values: ArrayLike<number>, shape: number[]): T {
    return this.#runner.ints(values, shape);
  }

  floats(values: ArrayLike<number>, shape: number[]): T {
    return this.#runner.floats(values, shape);
  }

  intsOf(tensor: T): number[] | undefined {
    return this.#runner.intsOf(tensor);
  }
}
