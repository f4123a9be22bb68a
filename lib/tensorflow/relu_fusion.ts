import { AttributeType, DataType } from "./data_type.ts";
import type { OpAttribute } from "./op_attributes.ts";
import type { NamedOpCall } from "./op_repairs.ts";

const NORMALIZATION = "FusedBatchNormV3", RELU = "Relu";
/** The op that is both; it takes what the normalization takes and gives what that gives. */
const BOTH = "_FusedBatchNormEx";
/** It wants channels in groups of so many. */
const GROUP = 4;
const SETTINGS: OpAttribute[] = [
  { name: "activation_mode", type: AttributeType.STRING, value: RELU },
  { name: "num_side_inputs", type: AttributeType.INT, value: 0 },
];

/**
 * Makes one op of a batch normalization and the ReLU after it, which oneDNN computes in one pass. One
 * trace of a function learns where nothing else takes what a normalization gives; the next one fuses.
 */
export class ReluFusion<T> {
  readonly #shapeOf: (result: T) => number[];
  readonly #fused: ReadonlySet<number>;
  /** What the normalizations gave so far, and the ops that took it. */
  readonly #results = new Map<T, string[]>();

  /**
   * @param shapeOf Tells a result's shape, channels last.
   * @param fused The numbers of the normalizations to fuse, as an earlier trace found them.
   */
  constructor(shapeOf: (result: T) => number[], fused: ReadonlySet<number> = new Set()) {
    this.#shapeOf = shapeOf;
    this.#fused = fused;
  }

  /**
   * The numbers of the normalizations, counted in their order, that can be fused.
   *
   * @param kept What the function gives.
   */
  found(kept: T[]): Set<number> {
    const users = [...this.#results];
    const canBeFused = ([result, ops]: [T, string[]]) =>
      this.#shapeOf(result).at(-1)! % GROUP === 0 && !kept.includes(result) &&
      ops.length > 0 && ops.every((op) => op === RELU);
    return new Set(users.keys().filter((number) => canBeFused(users[number]!)));
  }

  /** The call to make in place of one. */
  rewritten<Call extends NamedOpCall<T>>(call: Call): Call {
    const fuses = isNormalization(call) && this.#fused.has(this.#results.size);
    return fuses ? { ...call, name: BOTH, attributes: [...call.attributes, ...SETTINGS] } : call;
  }

  /** What a call gives if a fused normalization has computed it, else `undefined`. */
  computed({ name, inputs: [input] }: NamedOpCall<T>): T | undefined {
    const number = [...this.#results.keys()].indexOf(input!);
    return name === RELU && this.#fused.has(number) ? input : undefined;
  }

  /** Takes down a call that was made, and what it gave. */
  note(call: NamedOpCall<T>, [result]: T[]): void {
    for (const input of call.inputs) this.#results.get(input)?.push(call.name);
    if (isNormalization(call)) this.#results.set(result!, []);
  }
}

/** Whether a call is a normalization that can be fused, or was. */
function isNormalization({ name, attributes }: NamedOpCall<unknown>): boolean {
  const settings = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
  const { T: type, data_format: layout = "NHWC" } = settings;
  return (name === NORMALIZATION || name === BOTH) && type === DataType.FLOAT && layout === "NHWC";
}
