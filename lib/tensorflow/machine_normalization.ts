import type { CodeUse } from "./machine_code/mod.ts";
import { Normalization, type NormalizationInputs } from "./normalization.ts";
import { attributeValue } from "./op_attributes.ts";
import { NORMALIZATION, NORMALIZATION_GRADIENT } from "./op_names.ts";
import type { OpCall, OpRunner } from "./op_runner.ts";
import { PassedOps } from "./passed_ops.ts";
import type { Scaling } from "./winograd_convolution.ts";

const OLDER_NORMALIZATION = "FusedBatchNorm";
const RESHAPE = "Reshape", RELU = "Relu", RELU_GRADIENT = "ReluGrad";

/** A normalization that was added. */
interface Added<T> {
  normalization: Normalization<T>;
  inputs: NormalizationInputs<T>;
  variance: T;
  /** As its attributes say it. */
  epsilon: unknown;
}

/** What was normalized, at first without a ReLU. */
interface Normalized<T> {
  /** Where its gradient may be asked for. */
  added?: Added<T>;
  make(options: { relu: boolean; after?: T[] | undefined }): T;
  relu?: T;
}

/**
 * Computes a graph's batch normalizations by machine code, with the ReLUs that follow them: in inference
 * a convolution may do both with what it gives.
 */
export class MachineNormalization<T extends WeakKey> extends PassedOps<T> {
  readonly #code: CodeUse;
  readonly #isTaped: () => boolean;
  /** By what was normalized, and by what the ReLU made of it. */
  readonly #normalized = new WeakMap<T, Normalized<T>>();
  readonly #ofRelu = new WeakMap<T, Added<T>>();
  /** By the batch's mean, which its gradient takes. */
  readonly #ofMean = new WeakMap<T, Added<T>>();
  /** By a gradient that came through a normalization's ReLU: that before. */
  readonly #throughRelu = new WeakMap<T, { gradient: T; added: Added<T> }>();

  /** By what a convolution gave, what gives that scaled. */
  readonly #convolved = new WeakMap<T, (then: Scaling<T>) => T>();

  /** @param options.isTaped Tells whether a gradient through the next op may be asked for. */
  constructor(
    runner: OpRunner<T>,
    { code, isTaped = () => true }: { code: CodeUse; isTaped?: () => boolean },
  ) {
    super(runner);
    this.#code = code;
    this.#isTaped = isTaped;
  }

  /** Takes down what a convolution gave, and what gives the same scaled. */
  noteConvolution(result: T, scaled: (then: Scaling<T>) => T): void {
    this.#convolved.set(result, scaled);
  }

  operation(call: OpCall<T>): T[] {
    return this.replaced(call) ?? this.runner.operation(call);
  }

  /** What gives the same as a call by machine code; `undefined` where there is none for it. */
  replaced(call: OpCall<T>): T[] | undefined {
    const { name, inputs, after } = call;
    switch (name) {
      case NORMALIZATION:
        return this.#normalizeAgain(call) ?? this.#normalize(call) ?? this.#infer(call);
      case OLDER_NORMALIZATION:
        return this.#infer(call);
      case RESHAPE:
        return this.#reshape(call);
      case RELU: {
        const normalized = this.#normalized.get(inputs[0]!);
        if (!normalized) return undefined;
        normalized.relu ??= normalized.make({ relu: true, after });
        if (normalized.added) this.#ofRelu.set(normalized.relu, normalized.added);
        return [normalized.relu];
      }
      case RELU_GRADIENT: {
        const [gradient, relu] = inputs as [T, T];
        const added = this.#ofRelu.get(relu);
        if (!added) return undefined;
        // TensorFlow leaves it out if nothing but the normalization's gradient takes it.
        const results = this.runner.operation(call);
        this.#throughRelu.set(results[0]!, { gradient, added });
        return results;
      }
      case NORMALIZATION_GRADIENT:
        return this.#gradients(call);
    }
    return undefined;
  }

  #normalize({ inputs, attributes, after }: OpCall<T>): T[] | undefined {
    const [images, gamma, beta, mean, variance] = inputs as [T, T, T, T, T];
    const weights = [gamma, beta, mean, variance];
    const normalization = Normalization.of(this.runner, this.#code, {
      images,
      weights,
      attributes,
    });
    if (!normalization) return undefined;
    const of = { images, gamma, beta };
    const batch = normalization.normalize(of, { mean, variance }, after);
    const epsilon = attributeValue(attributes, "epsilon");
    const added = { normalization, inputs: of, variance: batch.variance, epsilon };
    this.#ofMean.set(batch.mean, added);
    return [
      this.#note({ added, make: ({ relu, after = [] }) => batch.normalized({ relu, after }) }),
      ...[batch.movingMean, batch.movingVariance, batch.mean, batch.variance],
      this.#empty(),
    ];
  }

  /** What was normalized before, by the mean and the variance that were found then. */
  #normalizeAgain(call: OpCall<T>): T[] | undefined {
    const { inputs, outputs, attributes, after: first = [] } = call;
    const [images, gamma, beta, mean, variance] = inputs as [T, T, T, T, T];
    const added = this.#ofMean.get(mean);
    const training = attributeValue(attributes, "is_training") ?? true;
    const epsilon = attributeValue(attributes, "epsilon");
    const isSame = added && !training && epsilon === added.epsilon &&
      images === added.inputs.images && gamma === added.inputs.gamma &&
      beta === added.inputs.beta && variance === added.variance;
    if (!isSame) return undefined;
    const { normalization, inputs: of } = added, known = { mean, variance };
    const make: Normalized<T>["make"] = ({ relu, after = [] }) =>
      normalization.normalizeAgain(of, known, { relu, after: [...first, ...after] });
    const rest = Array.from({ length: outputs - 1 }, () => this.#empty());
    return [this.#note({ added, make }), ...rest];
  }

  /**
   * A normalization in inference, where nothing else needs the images as they were: no gradient, and for a
   * convolution that is to normalize them no other op.
   */
  #infer({ inputs, outputs, attributes, isTakenOnce }: OpCall<T>): T[] | undefined {
    const [images, gamma, beta, mean, variance] = inputs as [T, T, T, T, T];
    const weights = [gamma, beta, mean, variance];
    const normalization = this.#isTaped() ? undefined : Normalization.of(this.runner, this.#code, {
      ...{ images, weights, attributes },
      training: false,
    });
    if (!normalization) return undefined;
    const known = { mean, variance }, scaled = this.#convolved.get(images);
    const make: Normalized<T>["make"] = scaled
      ? ({ relu }) => scaled({ scales: normalization.scales({ gamma, beta }, known), relu })
      : ({ relu, after = [] }) =>
        normalization.normalizeAgain({ images, gamma, beta }, known, { relu, after });
    const rest = [mean, variance, mean, variance, this.#empty()];
    const normalized = isTakenOnce ? this.#note({ make }) : make({ relu: false });
    return [normalized, ...rest.slice(0, outputs - 1)];
  }

  /** tfjs gives what is normalized the shape that it has. */
  #reshape(call: OpCall<T>): T[] | undefined {
    const [tensor] = call.inputs as [T], normalized = this.#normalized.get(tensor);
    if (!normalized) return undefined;
    const results = this.runner.operation(call);
    const isSame = `${this.shapeOf(results[0]!)}` === `${this.shapeOf(tensor)}`;
    if (isSame && call.isTakenOnce) this.#normalized.set(results[0]!, normalized);
    return results;
  }

  #gradients({ inputs, attributes }: OpCall<T>): T[] | undefined {
    const [gradient, images, gamma, mean, variance] = inputs as [T, T, T, T, T];
    const noted = this.#ofMean.get(mean);
    const isSame = noted && images === noted.inputs.images && gamma === noted.inputs.gamma &&
      variance === noted.variance && attributeValue(attributes, "epsilon") === noted.epsilon;
    const added = isSame ? noted : undefined, weights = [gamma, mean, variance];
    const normalization = added?.normalization ??
      Normalization.of(this.runner, this.#code, { images, weights, gradient, attributes });
    if (!normalization) return undefined;
    const through = added && this.#throughRelu.get(gradient);
    const relu = through !== undefined && through.added === added;
    const gradients = normalization.gradients(
      relu ? through.gradient : gradient,
      // What is added matters to a ReLU only.
      added?.inputs ?? { images, gamma, beta: gamma },
      { mean, variance, relu },
    );
    return [gradients.images, gradients.gamma, gradients.beta, this.#empty(), this.#empty()];
  }

  /** What TensorFlow gives on a GPU only. */
  #empty(): T {
    return this.floats([], [0]);
  }

  /** Makes what was normalized without a ReLU, which TensorFlow leaves out if nothing takes it. */
  #note(normalized: Normalized<T>): T {
    const plain = normalized.make({ relu: false });
    this.#normalized.set(plain, normalized);
    return plain;
  }
}
