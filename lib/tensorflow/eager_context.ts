import { type Bfloat16Speed, bfloat16Speed, hasFeature, usesOneDnn } from "./one_dnn.ts";
import { bindCApi, type CApi, textAt } from "./c_api.ts";
import { configProto, type SessionConfig } from "./config_proto.ts";
import type { AttributeSetters } from "./op_attributes.ts";
import type { TensorType } from "./tensor_slot.ts";
import { TensorFlowError } from "./tensorflow_error.ts";
import { AVX2, AVX512, BFLOAT16_FEATURES, type CodeUse, MachineCode } from "./machine_code/mod.ts";

/** What a context is made with. */
export interface ContextConfig extends SessionConfig {
  /** Whether ops may run in machine code of ours. */
  machineCode: boolean;
}

/** A processor that TensorFlow computes on. */
export interface Device {
  /** TensorFlow's full name, such as `"/job:localhost/replica:0/task:0/device:CPU:0"`. */
  name: string;
  /** Its kind, such as `"CPU"` or `"GPU"`. */
  type: string;
  /** The memory that TensorFlow may use on it, in bytes. */
  memoryBytes: number;
}

/** A function of ours in TensorFlow. */
export interface RegisteredFunction {
  pointer: Deno.PointerValue;
  /** Whether XLA compiles it. */
  xla: boolean;
  /** Whether it uses variables that are changed in place, or has ops that give nothing but do something. */
  hasEffects: boolean;
  outputs: (TensorType & { hasRank: boolean })[];
  /** How many numbers the largest tensor in it has. */
  largestSize: number;
  /** The machine code that it uses. */
  code?: CodeUse;
  /** A hash of what was traced; functions that do the same have the same. */
  steps?: string;
  /** The names of the functions that it calls. */
  calls: string[];
  /** How many functions and graphs call it. */
  callers: number;
  /** Whether it is to be freed once nothing calls it. */
  isForgotten: boolean;
}

/** TensorFlow's eager context: the devices, and the status through which its functions fail. */
export class EagerContext {
  readonly api: CApi;
  readonly pointer: Deno.PointerValue;
  /** The status of synchronous calls; look at it with {@linkcode EagerContext.check}. */
  readonly status: Deno.PointerValue;
  readonly devices: readonly Device[];
  /** What sets attributes of the ops that run in this context. */
  readonly attributeSetters: AttributeSetters;
  /** The functions that were registered, by their names. */
  readonly functions = new Map<string, RegisteredFunction>();
  /** Whether ops run in oneDNN's kernels. */
  readonly byOneDnn: boolean;
  /** Whether convolutions go through {@linkcode fasterConvolution}. */
  readonly slowConvolutions: boolean;
  /** What makes machine code; `undefined` where that is not done. */
  readonly machineCode: MachineCode | undefined;
  /** How the device computes with bfloat16; float32 is taken in its place where that is faster. */
  readonly bfloat16: Bfloat16Speed;
  /** Where tensors are put: the first GPU, where TensorFlow runs ops too, or else the CPU. */
  readonly device: Device;

  /**
   * @param path The library, already mapped by `keepMapped`.
   * @throws {TensorFlowError} if TensorFlow refuses the configuration or finds no device.
   */
  constructor(path: string, config: ContextConfig) {
    const api = bindCApi(path);
    this.api = api;
    this.status = api.TF_NewStatus();
    const options = api.TFE_NewContextOptions();
    const bytes = configProto(config);
    api.TFE_ContextOptionsSetConfig(options, bytes, BigInt(bytes.length), this.status);
    this.check("configure");
    this.pointer = api.TFE_NewContext(options, this.status);
    api.TFE_DeleteContextOptions(options);
    this.check("make a context");
    this.devices = this.#listDevices();
    const chosen = this.devices.find((device) => device.type === "GPU") ??
      this.devices.find((device) => device.type === "CPU");
    if (!chosen) throw new Error("Cannot use TensorFlow: it found no device to compute on");
    this.device = chosen;
    this.byOneDnn = !this.onGpu && usesOneDnn(api);
    const wide = hasFeature("avx512f");
    this.slowConvolutions = this.byOneDnn && !wide;
    if (config.machineCode && this.byOneDnn && hasFeature("avx2") && hasFeature("fma")) {
      const threads = config.threads ?? navigator.hardwareConcurrency;
      this.machineCode = MachineCode.in(api, path, {
        isa: wide ? AVX512 : AVX2,
        threads,
        hasBfloat16: BFLOAT16_FEATURES.every((name) => hasFeature(name)),
      });
    }
    const { byOneDnn, machineCode } = this;
    const means = {
      machineCode: machineCode !== undefined,
      amxRefused: machineCode?.hasBfloat16 === false,
    };
    const onCpu = byOneDnn ? bfloat16Speed(means) : "none";
    this.bfloat16 = this.onGpu ? "fast" : onCpu;
    this.attributeSetters = {
      string: api.TFE_OpSetAttrString,
      int: api.TFE_OpSetAttrInt,
      float: api.TFE_OpSetAttrFloat,
      bool: api.TFE_OpSetAttrBool,
      type: api.TFE_OpSetAttrType,
      shape: (op, name, shape, rank) => {
        api.TFE_OpSetAttrShape(op, name, shape, rank, this.status);
        this.check("set a shape");
      },
      intList: api.TFE_OpSetAttrIntList,
      floatList: api.TFE_OpSetAttrFloatList,
      boolList: api.TFE_OpSetAttrBoolList,
    };
  }

  /** Whether tensors are put on a GPU. */
  get onGpu(): boolean {
    return this.device.type === "GPU";
  }

  /**
   * Throws if the last call that was given {@linkcode EagerContext.status} failed.
   *
   * @param op The op or step to name in the error.
   * @throws {TensorFlowError}
   */
  check(op: string): void {
    const code = this.api.TF_GetCode(this.status);
    if (code !== 0) {
      throw new TensorFlowError(op, { code, message: textAt(this.api.TF_Message(this.status)) });
    }
  }

  #listDevices(): Device[] {
    const list = this.api.TFE_ContextListDevices(this.pointer, this.status);
    this.check("list the devices");
    const devices = Array.from({ length: this.api.TF_DeviceListCount(list) }, (_, i) => ({
      name: textAt(this.api.TF_DeviceListName(list, i, this.status)),
      type: textAt(this.api.TF_DeviceListType(list, i, this.status)),
      memoryBytes: Number(this.api.TF_DeviceListMemoryBytes(list, i, this.status)),
    }));
    this.api.TF_DeleteDeviceList(list);
    return devices;
  }
}
