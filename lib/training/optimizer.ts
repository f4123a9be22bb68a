import type { NamedTensorMap, Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-node-gpu";
import type { Parameter } from "../models/mod.ts";
import { type Compiled, fuse, type TensorFlow } from "../tensorflow/mod.ts";

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
  readonly #slots: { parameter: Parameter; slot: Slot; variable: Variable }[] = [];
  readonly #update: Compiled<Tensor[], Tensor[]>;
  #steps = 0;

  /**
   * @param tf The engine.
   * @param parameters The parameters; those that are not trainable are left alone.
   */
  constructor(tf: TensorFlow, parameters: Parameter[], options: OptimizerOptions = {}) {
    const { name = "adam", momentum = 0.9 } = options;
    this.#tf = tf;
    this.#parameters = parameters.filter(({ trainable }) => trainable);
    this.#name = name;
    this.#momentum = momentum;
    this.#update = fuse(
      tf,
      (factors: Tensor, ...tensors: Tensor[]) => this.#updated(factors as Tensor1D, tensors),
    );
    for (const parameter of this.#parameters) {
      for (const slot of SLOTS[name]) {
        const variable = tf.tidy(() => tf.variable(tf.zerosLike(parameter.variable), false));
        this.#slots.push({ parameter, slot, variable });
      }
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
    const changed = this.#parameters.filter(({ variable }) => gradients[variable.name]);
    const states = changed.map(({ variable }) => [variable, ...this.#slotsOf(variable)]);
    this.#tf.tidy(() => {
      const given = changed.map(({ variable }) => gradients[variable.name]!);
      const updated = this.#update(factors, ...given, ...states.flat());
      states.flat().forEach((variable, i) => variable.assign(updated[i]!));
    });
  }

  /** What it remembers, by the parameters' names and what it is, such as `"out.bias.m"`. */
  state(): { name: string; parameter: Parameter; variable: Variable }[] {
    return this.#slots.map(({ parameter, slot, variable }) => ({
      name: `${parameter.name}.${slot}`,
      parameter,
      variable,
    }));
  }

  /** Goes on counting from a number of steps, after the variables of `state()` were put back. */
  resume(steps: number): void {
    this.#steps = steps;
  }

  /** Lets go of what it remembers. */
  dispose(): void {
    for (const { variable } of this.#slots) variable.dispose();
    this.#update.dispose();
  }

  /**
   * The new values of parameters and of what is remembered of them.
   *
   * @param factors From {@linkcode Optimizer.nextFactors}.
   * @param tensors The parameters' gradients, then each parameter with its slots.
   */
  #updated(factors: Tensor1D, tensors: Tensor[]): Tensor[] {
    const [rate, correction] = [factors.slice(0, 1), factors.slice(1, 1)];
    const size = 1 + SLOTS[this.#name].length;
    const count = tensors.length / (1 + size);
    return tensors.slice(0, count).flatMap((gradient, i) => {
      const [value, ...slots] = tensors.slice(count + i * size, count + (i + 1) * size);
      const { change, remembered } = this.#name === "adam"
        ? adam(gradient, slots, correction)
        : sgd(gradient, slots, this.#momentum);
      return [value!.sub(change.mul(rate)), ...remembered];
    });
  }

  #slotsOf(variable: Variable): Variable[] {
    return this.#slots.filter(({ parameter }) => parameter.variable === variable)
      .map(({ variable }) => variable);
  }
}

/** How a parameter changes, but for the learning rate, and the new values of its slots. */
interface Change {
  change: Tensor;
  remembered: Tensor[];
}

function adam(gradient: Tensor, [m, v]: Tensor[], correction: Tensor): Change {
  const newM = m!.mul(BETA_1).add(gradient.mul(1 - BETA_1));
  const newV = v!.mul(BETA_2).add(gradient.square().mul(1 - BETA_2));
  const change = newM.div(newV.sqrt().mul(correction).add(EPSILON));
  return { change, remembered: [newM, newV] };
}

function sgd(gradient: Tensor, [velocity]: Tensor[], momentum: number): Change {
  const newVelocity = velocity!.mul(momentum).add(gradient);
  return { change: newVelocity, remembered: [newVelocity] };
}
