import { maxPooling } from "./max_pooling.ts";
import type { OpCall } from "./op_runner.ts";
import { PassedOps } from "./passed_ops.ts";

/** Adds ops to a graph that XLA is to compile, or others where XLA makes more of them. */
export class XlaOps<T> extends PassedOps<T> {
  operation(call: OpCall<T>): T[] {
    const pooled = maxPooling(this.runner, call);
    return pooled ? [pooled] : this.runner.operation(call);
  }
}
