import { join } from "node:path";
import { requireOneOf, type WorkOptions } from "../system/mod.ts";
import { Binding } from "./binding.ts";
import { type ContextConfig, type Device, EagerContext } from "./eager_context.ts";
import { fetchLibrary } from "./fetch_library.ts";
import { buildFor } from "./cached_build.ts";
import { findLibrary, hasNvidiaGpu } from "./find_library.ts";
import { loadPackage, type TensorFlow } from "./load_package.ts";
import { keepMapped, withoutNativeStderr } from "./native_library.ts";
import { isTooOld, libraryFileNames, OLDEST_TENSORFLOW } from "./platform.ts";
import { type Bfloat16Speed, useOneDnn } from "./one_dnn.ts";
import { TensorFlowError } from "./tensorflow_error.ts";
import { chooseXlaLayout } from "./xla_layout.ts";

/** The names of the devices to choose from. */
export const DEVICES = ["auto", "cpu", "gpu"] as const;

/** Options of {@linkcode engine}. They count at its first call only. */
export interface EngineOptions extends WorkOptions {
  /**
   * What to compute on: `"auto"` is the GPU where there is one; `"gpu"` fails where there is none.
   *
   * @default {"auto"}
   */
  device?: typeof DEVICES[number];
  /** How many threads one op may use, 1 or more; all cores by default. */
  threads?: number;
  /**
   * Whether ops give the same bits at every repetition, at the price of speed.
   *
   * @default {false}
   */
  deterministic?: boolean;
  /**
   * Whether some ops may run in machine code of this library, where it has some for the processor:
   * convolutions, batch normalizations, max pooling, Adam's update, the softmax's cross-entropy and
   * the largest class. Else all ops run in TensorFlow's own kernels.
   *
   * @default {true}
   */
  machineCode?: boolean;
}

/** What the engine runs on. */
export interface EngineInfo {
  /** TensorFlow's version, such as `"2.21.0"`. */
  version: string;
  /** The folder that its libraries were loaded from. */
  folder: string;
  /** The devices that TensorFlow found. */
  devices: readonly Device[];
  /** The device that tensors are put on. */
  device: Device;
  /**
   * How the device computes with bfloat16: faster than with float32, more slowly, or not at all. Where
   * it is not faster, what is asked for in bfloat16 is computed in float32.
   */
  bfloat16: Bfloat16Speed;
  /** What machine code of this library computes with, if it is used at all; in bfloat16 with AMX. */
  machineCode: "AVX2" | "AVX-512" | "AVX-512 and AMX" | "none";
  /** Whether there is an NVIDIA GPU that should be used and that TensorFlow cannot use. */
  idleGpu: boolean;
}

const LOG_LEVEL = "TF_CPP_MIN_LOG_LEVEL";
const QUIET = "3";

const listeners: ((tf: TensorFlow) => void)[] = [];
let started: Promise<TensorFlow> | undefined;
let info: EngineInfo | undefined;

/**
 * Starts TensorFlow: finds its libraries (or fetches them, once), opens them and loads the package
 * `@tensorflow/tfjs-node-gpu` on them. Later calls return the same.
 *
 * @returns The API of `@tensorflow/tfjs-node-gpu`.
 * @throws {Error} if no libraries can be found or fetched, or they cannot be loaded; the message
 *   says what to do. A later call tries again.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { engine } from "./engine.ts";
 *
 * const tf = await engine();
 * assertEquals(tf.add(1, 2).dataSync()[0], 3);
 * ```
 */
export function engine(options: EngineOptions = {}): Promise<TensorFlow> {
  return started ??= start(options).catch((error) => {
    started = undefined;
    throw error;
  });
}

/** Calls a listener with the API when the engine starts; it must be given before that. */
export function whenStarted(listener: (tf: TensorFlow) => void): void {
  listeners.push(listener);
}

/** What the engine runs on, or `undefined` before it is started. */
export function engineInfo(): EngineInfo | undefined {
  return info;
}

async function start(options: EngineOptions): Promise<TensorFlow> {
  const { device = "auto", threads, machineCode = true } = options;
  requireOneOf("start the engine", "a device", { allowed: DEVICES, given: device });
  if (threads !== undefined && (!Number.isInteger(threads) || threads < 1)) {
    throw new RangeError(`Cannot start the engine: expected 1 thread or more, got ${threads}`);
  }
  const gpu = device !== "cpu" && await hasNvidiaGpu();
  if (device === "gpu" && !gpu) {
    throw new Error(
      "Cannot compute on a GPU: nvidia-smi finds none; choose the device auto or cpu",
    );
  }
  // TensorFlow reads it when its first op runs (`tsl/util/determinism.cc`).
  if (options.deterministic) Deno.env.set("TF_DETERMINISTIC_OPS", "1");
  if (gpu) chooseXlaLayout();
  const folder = await libraryFolder(gpu, options);
  const context = open(folder, {
    cpuOnly: device === "cpu",
    machineCode,
    ...(threads !== undefined && { threads }),
  });
  const binding = new Binding(context);
  checkVersion(binding.TF_Version, folder);
  if (device === "gpu" && !context.onGpu) {
    throw new Error(`Cannot compute on the GPU: TensorFlow in ${folder} cannot use it; see doctor`);
  }
  const { devices, device: used, bfloat16, machineCode: code } = context;
  const idleGpu = gpu && !context.onGpu;
  // A process that ends while TensorFlow computes would die of that.
  for (const end of ["unload", "error", "unhandledrejection"]) {
    globalThis.addEventListener(end, () => binding.halt());
  }
  const kind = code?.hasBfloat16 ? "AVX-512 and AMX" : code?.isa.name ?? "none";
  const version = binding.TF_Version;
  info = { version, folder, devices, device: used, bfloat16, machineCode: kind, idleGpu };
  const tf = await loadPackage(binding);
  listeners.forEach((listener) => listener(tf));
  return tf;
}

async function libraryFolder(cuda: boolean, options: EngineOptions): Promise<string> {
  const findings = await findLibrary({ cuda });
  const last = findings.at(-1)!;
  if (last.folder) return last.folder;
  if (last.state === "fetchable") {
    try {
      return await fetchLibrary(buildFor({ cuda }), options);
    } catch (error) {
      if (!cuda || options.signal?.aborted) throw error;
      const { message } = error as Error;
      throw new Error(`${message}; or choose the device cpu`, { cause: error });
    }
  }
  const details = findings.map(({ detail }) => `  - ${detail}`).join("\n");
  throw new Error(`Cannot find TensorFlow:\n${details}`);
}

/**
 * Opens the libraries. TensorFlow logs to the standard error as it opens; that is shown only to those
 * who ask for it.
 */
function open(folder: string, config: ContextConfig): EagerContext {
  const level = Deno.env.get(LOG_LEVEL) ?? QUIET;
  // A child of a process with an engine has that process's setting.
  const wanted = level !== QUIET;
  Deno.env.set(LOG_LEVEL, level);
  useOneDnn();
  const work = () => {
    const paths = libraryFileNames().map((name) => join(folder, name));
    paths.forEach(keepMapped);
    return new EagerContext(paths[1]!, config);
  };
  try {
    return wanted ? work() : withoutNativeStderr(work);
  } catch (error) {
    if (error instanceof TensorFlowError) throw error;
    throw new Error(
      `Cannot load TensorFlow's libraries in ${folder}: ${(error as Error).message}; remove or ` +
        "reinstall them, or name another folder in DENOSCAPES_TENSORFLOW",
      { cause: error },
    );
  }
}

function checkVersion(version: string, folder: string): void {
  if (isTooOld(version)) {
    throw new Error(
      `Cannot use TensorFlow ${version} in ${folder}: expected ${OLDEST_TENSORFLOW.join(".")} ` +
        "or later",
    );
  }
}
