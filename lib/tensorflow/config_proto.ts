import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";

/** What of TensorFlow's configuration the engine sets. */
export interface SessionConfig {
  /** Whether to hide the GPUs from TensorFlow. */
  cpuOnly: boolean;
  /** Threads within one op; TensorFlow's own choice (the cores) if absent. */
  threads?: number;
}

/** Field numbers of `ConfigProto` and `GPUOptions` (`tensorflow/core/protobuf/config.proto`). */
const CONFIG = { deviceCount: 1, intraOpThreads: 2, gpuOptions: 6 };
const GPU_OPTIONS = { allowGrowth: 4 };
const MAP_ENTRY = { key: 1, value: 2 };

/**
 * Serializes the settings as the `ConfigProto` that `TFE_ContextOptionsSetConfig` reads. On a GPU
 * memory is taken as it is needed, not the whole card at once.
 */
export function configProto(config: SessionConfig): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  if (config.cpuOnly) {
    writer.tag(CONFIG.deviceCount, WireType.LengthDelimited).fork()
      .tag(MAP_ENTRY.key, WireType.LengthDelimited).string("GPU")
      .tag(MAP_ENTRY.value, WireType.Varint).int32(0)
      .join();
  }
  if (config.threads !== undefined) {
    writer.tag(CONFIG.intraOpThreads, WireType.Varint).int32(config.threads);
  }
  writer.tag(CONFIG.gpuOptions, WireType.LengthDelimited).fork()
    .tag(GPU_OPTIONS.allowGrowth, WireType.Varint).bool(true)
    .join();
  return new Uint8Array(writer.finish());
}
