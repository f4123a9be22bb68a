import type { NamedTensorMap, Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-node-gpu";
import type { Parameter } from "../models/mod.ts";
import { requireOneOf } from "../system/mod.ts";
import {
  compile,
  type Compiled,
  hasInPlaceAdam,
  inPlaceAdam,
  InPlaceVariable,
  type TensorFlow,
} from "../tensorflow/mod.ts";

/** The optimizers' names. */
export const OPTIMIZERS = ["adam", "sgd"] as const;

/** The name of an optimizer. */
export type OptimizerName = typeof OPTIMIZERS[number];

/** Options of {@linkcode Optimizer}. */
export interface OptimizerOptions {
  /** @default {"adam"} */
  name?: OptimizerName;
  /**
   * SGD's momentum, 0..1.
   *
   * @default {0.9}
   */
  momentum?: number;
}

/** What an optimizer remembers of a parameter: `m` and `v` of Adam, `velocity` of SGD. */
type Slot = "m" | "v" | "velocity";

const SLOTS: Record<OptimizerName, readonly Slot[]> = { adam: ["m", "v"], sgd: ["velocity"] };

/**
 * Parameters are changed in groups of about so many numbers, each as soon as its gradients are there:
 * the gradients of a large model need not all be in memory at once.
 */
const GROUP = 2 ** 21;

const BETA_1 = 0.9, BETA_2 = 0.999, EPSILON = 1e-8;

/**
 * Changes parameters by their gradients as PyTorch's `torch.optim.Adam` (Kingma and Ba 2015,
 * https://arxiv.org/abs/1412.6980) or `torch.optim.SGD` with momentum does. What it remembers can be
 * saved and put back to the last bit, which tfjs's own optimizers do not promise.
 */
export class Optimizer {
  readonly #tf: TensorFlow;
  readonly #parameters: Parameter[];
  readonly #name: OptimizerName;
  readonly #momentum: number;
  readonly #slots = new Map<Parameter, Map<Slot, InPlaceVariable>>();
  /** How parameters are changed, by whether it is in place and the numbers of their variables. */
  readonly #updates = new Map<string, Compiled<Tensor[], Tensor[]>>();
  #steps = 0;

  /**
   * @param tf The engine.
   * @param parameters The parameters; those that are not trainable are left alone.
   * @throws {RangeError} for a name that there is not.
   */
  constructor(tf: TensorFlow, parameters: Parameter[], options: OptimizerOptions = {}) {
    const { name = "adam", momentum = 0.9 } = options;
    requireOneOf("make an optimizer", "a name", { allowed: OPTIMIZERS, given: name });
    this.#tf = tf;
    this.#parameters = parameters.filter(({ trainable }) => trainable);
    this.#name = name;
    this.#momentum = momentum;
    for (const parameter of this.#parameters) {
      const { shape } = parameter.variable;
      const slots = SLOTS[name].map((slot) => [slot, new InPlaceVariable(tf, shape)] as const);
      this.#slots.set(parameter, new Map(slots));
    }
  }

  /** The variables that it changes. */
  get variables(): Variable[] {
    return this.#parameters.map(({ variable }) => variable);
  }

  /** How many steps it has made. */
  get steps(): number {
    return this.#steps;
  }

  /**
   * Counts a step and gives the numbers that differ from step to step.
   *
   * @param rate The learning rate.
   * @returns What {@linkcode Optimizer.apply} wants as a tensor; a compiled step has it as an input.
   */
  nextFactors(rate: number): number[] {
    this.#steps++;
    if (this.#name === "sgd") return [rate, 1];
    // Adam's corrections of its moments, which begin at 0.
    return [rate / (1 - BETA_1 ** this.#steps), 1 / Math.sqrt(1 - BETA_2 ** this.#steps)];
  }

  /**
   * Changes the parameters.
   *
   * @param gradients The gradient of each variable by its name, as `tf.variableGrads` gives them.
   * @param factors `[2]`, float32, from {@linkcode Optimizer.nextFactors}.
   */
  apply(gradients: NamedTensorMap, factors: Tensor1D): void {
    for (const group of groupsOf(this.#parameters, gradients)) {
      const variables = group.map(({ variable }) => variable);
      const given = variables.map(({ name }) => gradients[name]!);
      this.#tf.tidy(() => {
        const values = this.#updateOf(group)(factors, ...given, ...variables);
        variables.forEach((variable, i) => variable.assign(values[i]!));
      });
    }
  }

  /** What it remembers, by the parameters' names and what it is, such as `"out.bias.m"`. */
  state(): { name: string; parameter: Parameter; variable: InPlaceVariable }[] {
    return this.#slots.entries().flatMap(([parameter, slots]) =>
      slots.entries().map(([slot, variable]) => ({
        name: `${parameter.name}.${slot}`,
        parameter,
        variable,
      }))
    ).toArray();
  }

  /** Goes on counting from a number of steps, after the variables of `state()` were put back. */
  resume(steps: number): void {
    this.#steps = steps;
  }

  /** Lets go of what it remembers. */
  dispose(): void {
    for (const update of this.#updates.values()) update.dispose();
    this.#updates.clear();
    for (const { variable } of this.state()) variable.dispose();
  }

  /** How to change some parameters, compiled once. */
  #updateOf(parameters: Parameter[]): Compiled<Tensor[], Tensor[]> {
    const inPlace = this.#name === "adam" &&
      hasInPlaceAdam(this.#tf, parameters.map(({ variable }) => variable.shape));
    const key = [inPlace, ...parameters.map(({ variable }) => variable.id)].join();
    let update = this.#updates.get(key);
    if (!update) {
      update = compile(
        this.#tf,
        (factors: Tensor, ...tensors: Tensor[]) =>
          inPlace
            ? this.#updatedInPlace(parameters, factors as Tensor1D, tensors)
            : this.#updated(parameters, factors as Tensor1D, tensors),
        { createsVariables: false, xla: !inPlace },
      );
      this.#updates.set(key, update);
    }
    return update;
  }

  /**
   * The new values of parameters; those of what is remembered of them are assigned.
   *
   * @param parameters The parameters.
   * @param factors From {@linkcode Optimizer.nextFactors}.
   * @param tensors The parameters' gradients, then their values.
   */
  #updated(parameters: Parameter[], factors: Tensor1D, tensors: Tensor[]): Tensor[] {
    const [rate, correction] = [factors.slice(0, 1), factors.slice(1, 1)];
    const change = this.#name === "adam" ? adam : sgd;
    const slotsOf = (parameter: Parameter) => [...this.#slots.get(parameter)!.values()];
    const changes = parameters.map((parameter, i) => {
      const before = slotsOf(parameter).map((slot) => slot.clone());
      return change(tensors[i]!, before, { correction, momentum: this.#momentum });
    });
    const values = changes.map(({ by }, i) => tensors[parameters.length + i]!.sub(by.mul(rate)));
    // All that can fail comes before the first of the group is changed.
    parameters.forEach((parameter, i) =>
      slotsOf(parameter).forEach((slot, j) => slot.assign(changes[i]!.remembered[j]!))
    );
    return values;
  }

  /** The same by machine code of Adam, for each parameter as soon as its gradient is there. */
  #updatedInPlace(parameters: Parameter[], factors: Tensor1D, tensors: Tensor[]): Tensor[] {
    const options = { beta1: BETA_1, beta2: BETA_2, epsilon: EPSILON };
    return parameters.map((parameter, i) => {
      const slots = this.#slots.get(parameter)!;
      return inPlaceAdam(this.#tf, {
        gradient: tensors[i]!,
        value: tensors[parameters.length + i]!,
        moments: [slots.get("m")!, slots.get("v")!],
        factors,
      }, options);
    });
  }
}

/** The parameters that have gradients, in groups of about {@linkcode GROUP} numbers. */
function groupsOf(parameters: Parameter[], gradients: NamedTensorMap): Parameter[][] {
  let before = 0;
  const changed = parameters.filter(({ variable }) => gradients[variable.name]);
  const byGroup = Map.groupBy(changed, ({ variable }) => {
    const group = Math.floor(before / GROUP);
    before += variable.size;
    return group;
  });
  return [...byGroup.values()];
}

/** How a parameter changes, but for the learning rate, and the new values of its slots. */
interface Change {
  by: Tensor;
  remembered: Tensor[];
}

/** What a change depends on besides. */
interface Settings {
  correction: Tensor;
  momentum: number;
}

function adam(gradient: Tensor, [m, v]: Tensor[], { correction }: Settings): Change {
  const newM = m!.mul(BETA_1).add(gradient.mul(1 - BETA_1));
  const newV = v!.mul(BETA_2).add(gradient.square().mul(1 - BETA_2));
  const by = newM.div(newV.sqrt().mul(correction).add(EPSILON));
  return { by, remembered: [newM, newV] };
}

function sgd(gradient: Tensor, [velocity]: Tensor[], { momentum }: Settings): Change {
  const newVelocity = velocity!.mul(momentum).add(gradient);
  return { by: newVelocity, remembered: [newVelocity] };
}
