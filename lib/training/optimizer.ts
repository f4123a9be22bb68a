import type { NamedTensorMap, Tensor, Tensor1D, Variable } from "@tensorflow/tfjs-node-gpu";
import type { Parameter } from "../models/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";

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
    const slots: Slot[] = name === "adam" ? ["m", "v"] : ["velocity"];
    for (const parameter of this.#parameters) {
      for (const slot of slots) {
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
    this.#tf.tidy(() => {
      const [rate, correction] = [factors.slice(0, 1), factors.slice(1, 1)];
      for (const { variable } of this.#parameters) {
        const gradient = gradients[variable.name];
        if (!gradient) continue;
        const change = this.#name === "adam"
          ? this.#adam(variable, gradient, correction)
          : this.#sgd(variable, gradient);
        variable.assign(variable.sub(change.mul(rate)));
      }
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
  }

  #adam(variable: Variable, gradient: Tensor, correction: Tensor): Tensor {
    const m = this.#slot(variable, "m"), v = this.#slot(variable, "v");
    m.assign(m.mul(BETA_1).add(gradient.mul(1 - BETA_1)));
    v.assign(v.mul(BETA_2).add(gradient.square().mul(1 - BETA_2)));
    return m.div(v.sqrt().mul(correction).add(EPSILON));
  }

  #sgd(variable: Variable, gradient: Tensor): Tensor {
    const velocity = this.#slot(variable, "velocity");
    velocity.assign(velocity.mul(this.#momentum).add(gradient));
    return velocity;
  }

  #slot(variable: Variable, wanted: Slot): Variable {
    return this.#slots.find(({ parameter, slot }) =>
      parameter.variable === variable && slot === wanted
    )!.variable;
  }
}
