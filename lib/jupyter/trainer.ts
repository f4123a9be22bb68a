import type { LayersModel } from "@tensorflow/tfjs-node-gpu";
import { dirname } from "node:path";
import type { PreparedFrames, Sample } from "../data/mod.ts";
import type { ConfusionMatrix } from "../metrics/mod.ts";
import { TrainingHistory, trainingProgress } from "../runs/mod.ts";
import type { Progress, WorkOptions } from "../system/mod.ts";
import type { TensorFlow } from "../tensorflow/mod.ts";
import {
  type Augmentation,
  type Budget,
  type EpochReport,
  fit,
  type FitOptions,
  type Loss,
  type Optimizer,
  Predictor,
  saveCheckpoint,
  type TrainingState,
  type ValidateOptions,
  Validator,
} from "../training/mod.ts";
import { LiveCurves } from "./live_curves.ts";
import { watched } from "./progress_bar.ts";
import { stopSignal } from "./stop_button.ts";
import { checkLoss } from "./check_loss.ts";

/** What a {@linkcode Trainer} trains, on what, and how. */
export interface TrainerParts {
  /** The model; whoever made it disposes it. */
  model: LayersModel;
  train: PreparedFrames;
  val: PreparedFrames;
  /** Without one, which is how the exercise begins, nothing is trained. */
  optimizer: Optimizer | undefined;
  /** Cross-entropy that ignores void, by default. */
  loss?: Loss;
  /** Mirroring by default. */
  augmentation?: Augmentation;
}

/** How long and how fast a {@linkcode Trainer} trains. */
export interface TrainerFitOptions
  extends
    Budget,
    Pick<FitOptions, "batch" | "rate" | "schedule" | "warmUp" | "seed" | "precision" | "xla"> {}

/** No training takes more minutes than this variable says, so that a notebook can be tried out. */
const MOST_MINUTES = "DENOSCAPES_MINUTES";

/**
 * Trains a model in a notebook: a progress bar moves, curves grow, and the stop button ends the
 * training without losing what was learnt.
 */
export class Trainer implements Disposable {
  /** The losses and scores so far, over all calls of {@linkcode Trainer.fit}. */
  readonly history: TrainingHistory;
  readonly #tf: TensorFlow;
  readonly #parts: TrainerParts;
  /** What an exercise still lacks. */
  readonly #missing: string | undefined;
  #state: TrainingState = { step: 0, epoch: 1, seconds: 0, seed: 0 };
  readonly #validator: Validator;
  readonly #predictor: Predictor;

  /**
   * @param tf The engine.
   * @param parts The model, the frames, the optimizer, and so on.
   */
  constructor(tf: TensorFlow, parts: TrainerParts) {
    const { model, train, optimizer, loss } = parts;
    this.#tf = tf;
    this.#parts = parts;
    const hasLoss = !loss || checkLoss(tf, loss, train.space.classes.length).isDone;
    this.#missing = !optimizer
      ? "there is no optimizer yet (exercise 3)"
      : hasLoss
      ? undefined
      : "the loss returns nothing yet (exercise 4)";
    this.history = new TrainingHistory(model.name);
    this.#validator = new Validator(tf, model, train.space.classes.length, {
      ...loss && hasLoss && { loss },
    });
    this.#predictor = new Predictor(tf, model);
  }

  /**
   * Trains, and validates after each epoch and at the end. Called again, it goes on.
   *
   * @param options How long: `epochs` are counted over all calls, `minutes` from this one on.
   * @throws {RangeError} if neither is given, or a batch is larger than the set.
   * @throws {Error} if the loss is not a finite number.
   */
  async fit(
    { batch = 4, rate = 3e-3, epochs, minutes, ...options }: TrainerFitOptions,
  ): Promise<void> {
    const { model, train, optimizer, loss, augmentation } = this.#parts;
    if (!optimizer || this.#missing) return console.log(`Nothing is trained: ${this.#missing}.`);
    if (!epochs && !minutes) {
      throw new RangeError("Cannot train: say how long, by minutes or epochs");
    }
    const budget = shortened({ ...epochs && { epochs }, ...minutes && { minutes } });
    const stepsPerEpoch = Math.floor(train.frames.length / batch);
    const { onProgress, signal } = watched();
    const curves = new LiveCurves(this.history);
    const seed = options.seed ?? 0;
    let last: Progress | undefined;
    const close = async (end: EpochReport) => {
      this.#state = { ...end, seed };
      if (this.history.val.at(-1)?.step !== end.step) await this.#validate(end, { batch, signal });
    };
    try {
      const end = await fit(this.#tf, { model, optimizer, packed: train }, {
        ...{ ...options, batch, rate, budget, signal },
        ...loss && { loss },
        ...augmentation && { augmentation },
        onStep: (step) => {
          this.history.addStep(step);
          last = trainingProgress(step, { ...budget, stepsPerEpoch });
          onProgress?.(last);
          curves.update();
        },
        onEpoch: close,
      });
      // The last step began before the end of the budget.
      if (last && !signal?.aborted) onProgress?.({ ...last, done: last.total ?? last.done });
      await close(end);
    } catch (error) {
      if (!signal?.aborted || error !== signal.reason) throw error;
    } finally {
      await curves.finish();
    }
    if (signal?.aborted) {
      console.log(`Stopped after step ${this.#state.step}; what was learnt is kept.`);
    }
  }

  /**
   * Counts what the model takes the pixels of a set for.
   *
   * @param frames The validation frames by default.
   * @param options By default the stop button ends it, and no progress is shown.
   */
  async evaluate(
    frames: PreparedFrames = this.#parts.val,
    { onProgress, signal = stopSignal() }: WorkOptions = {},
  ): Promise<ConfusionMatrix> {
    return (await this.#validator.validate(frames, { onProgress, signal })).matrix;
  }

  /** The train ids that the model predicts for the pixels of each sample, `[H, W]`. */
  async predict(samples: readonly Pick<Sample, "image">[]): Promise<Uint8Array[]> {
    const predicted: Uint8Array[] = [];
    const signal = stopSignal();
    for (const { image: { pixels, width, height } } of samples) {
      signal.throwIfAborted();
      predicted.push(await this.#predictor.trainIds({ pixels, shape: [1, height, width] }));
    }
    return predicted;
  }

  /**
   * Saves the model's weights, which `loadCheckpoint` puts into a model again and PyTorch loads.
   *
   * @param path A file that ends in `.safetensors`.
   */
  async save(path: string): Promise<void> {
    await Deno.mkdir(dirname(path), { recursive: true });
    await saveCheckpoint(path, { model: this.#parts.model, state: this.#state });
  }

  /** Frees what was compiled; the model and the optimizer stay. */
  [Symbol.dispose](): void {
    this.#validator[Symbol.dispose]();
    this.#predictor[Symbol.dispose]();
  }

  async #validate(epoch: EpochReport, options: ValidateOptions): Promise<void> {
    const { val } = this.#parts;
    this.history.addEpoch(epoch, await this.#validator.validate(val, options), val.space);
  }
}

function shortened(budget: Budget): Budget {
  const most = Deno.env.get(MOST_MINUTES);
  return most ? { ...budget, minutes: Math.min(Number(most), budget.minutes ?? Infinity) } : budget;
}
