/** Which build of TensorFlow a machine takes, and where it is in the Python package index. */
export interface PlatformBuild {
  /** The Python package whose wheel holds the libraries. */
  package: "tensorflow" | "tensorflow-cpu";
  /** The version of the package. */
  version: string;
  /** The wheel's platform tags, any of which will do. */
  tags: string[];
  /** Whether it is the CUDA build, which needs the `nvidia-*` wheels beside it. */
  cuda: boolean;
}

/** What the machine is, as far as choosing a build goes. */
export interface Machine {
  os: typeof Deno.build.os;
  arch: typeof Deno.build.arch;
  /** Whether an NVIDIA GPU was found. */
  gpu: boolean;
}

/** The oldest TensorFlow that the engine takes, as `[major, minor]`. */
export const OLDEST_TENSORFLOW: readonly [number, number] = [2, 16];

/**
 * Whether a version is older than {@linkcode OLDEST_TENSORFLOW}; one that cannot be read is not, since
 * the library says its own once it is loaded.
 */
export function isTooOld(version: string): boolean {
  const [major = NaN, minor = NaN] = version.split(".").map(Number);
  const [oldestMajor, oldestMinor] = OLDEST_TENSORFLOW;
  return major < oldestMajor || (major === oldestMajor && minor < oldestMinor);
}

const CURRENT = "2.21.0";
const LAST_FOR_INTEL_MAC = "2.16.2";
/** glibc 2.27 and all before it down to 2.5: pip matches a platform tag only exactly. */
const GLIBC_TAGS = Array.from({ length: 23 }, (_, i) => `2_${27 - i}`);

/**
 * Chooses the build of TensorFlow for a machine.
 *
 * @param machine Its operating system, processor and whether it has an NVIDIA GPU.
 * @throws {Error} for a platform that TensorFlow publishes no library for.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { platformBuild } from "./platform.ts";
 *
 * const build = platformBuild({ os: "linux", arch: "x86_64", gpu: false });
 * assertEquals(build.package, "tensorflow-cpu");
 * ```
 */
export function platformBuild(machine: Machine): PlatformBuild {
  const { os, arch, gpu } = machine;
  if (os === "linux") {
    const tags = GLIBC_TAGS.map((glibc) => `manylinux_${glibc}_${arch}`);
    tags.push(`manylinux2014_${arch}`);
    // Only x86-64 has a CPU-only wheel, and only its full wheel is a CUDA build.
    const cuda = gpu && arch === "x86_64";
    const full = cuda || arch === "aarch64";
    const name = full ? "tensorflow" : "tensorflow-cpu";
    return { package: name, version: CURRENT, tags, cuda };
  }
  if (os === "darwin") {
    const [version, tag] = arch === "aarch64"
      ? [CURRENT, "macosx_12_0_arm64"]
      : [LAST_FOR_INTEL_MAC, "macosx_10_15_x86_64"];
    return { package: "tensorflow", version, tags: [tag], cuda: false };
  }
  const wayOut = os === "windows" ? "run it under WSL2, where it is Linux" : "use Linux or macOS";
  throw new Error(
    `Cannot run TensorFlow on ${os} (${arch}): no library is published for it; ${wayOut}`,
  );
}

/**
 * The file names of TensorFlow's two libraries on an operating system.
 *
 * @returns The framework first, since the other needs it.
 */
export function libraryFileNames(
  os: typeof Deno.build.os = Deno.build.os,
): readonly [framework: string, cc: string] {
  return os === "darwin"
    ? ["libtensorflow_framework.2.dylib", "libtensorflow_cc.2.dylib"]
    : ["libtensorflow_framework.so.2", "libtensorflow_cc.so.2"];
}
