import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { libraryFileNames, platformBuild } from "../../lib/tensorflow/platform.ts";

Deno.test("platformBuild() chooses the CPU build on Linux x64, the CUDA build with a GPU", () => {
  const cpu = platformBuild({ os: "linux", arch: "x86_64", gpu: false });
  assertEquals([cpu.package, cpu.cuda], ["tensorflow-cpu", false]);
  const gpu = platformBuild({ os: "linux", arch: "x86_64", gpu: true });
  assertEquals([gpu.package, gpu.cuda], ["tensorflow", true]);
  assertEquals(gpu.tags.includes("manylinux_2_27_x86_64"), true);
});

Deno.test("platformBuild() chooses the one build there is on 64-bit Arm", () => {
  const linux = platformBuild({ os: "linux", arch: "aarch64", gpu: true });
  assertEquals([linux.package, linux.cuda], ["tensorflow", false]);
  assertEquals(linux.tags.includes("manylinux_2_27_aarch64"), true);
  const mac = platformBuild({ os: "darwin", arch: "aarch64", gpu: false });
  assertEquals(mac.tags, ["macosx_12_0_arm64"]);
});

Deno.test("platformBuild() gives an Intel Mac the last build that was made for it", () => {
  assertEquals(platformBuild({ os: "darwin", arch: "x86_64", gpu: false }).version, "2.16.2");
});

Deno.test("platformBuild() refuses Windows and says what to do", () => {
  const { message } = assertThrows(() =>
    platformBuild({ os: "windows", arch: "x86_64", gpu: false })
  );
  assertStringIncludes(message, "WSL2");
});

Deno.test("libraryFileNames() are those of the platform", () => {
  assertEquals(libraryFileNames("darwin")[1], "libtensorflow_cc.2.dylib");
  assertEquals(libraryFileNames("linux")[1], "libtensorflow_cc.so.2");
});
