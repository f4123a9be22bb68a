// Says what this machine has and lacks for the engine:
//   deno task doctor [--help]

import sharp from "sharp";
import {
  engine,
  engineInfo,
  type Finding,
  findLibrary,
  fuse,
  hasNvidiaGpu,
  ProgressLine,
  type TensorFlow,
} from "../lib/mod.ts";
import { command, run } from "./_command.ts";

/** Before it, Deno's Jupyter kernel has bugs that matter here. */
const OLDEST_DENO = "2.9.1";
const MARKS: Record<Finding["state"], string> = {
  found: "ok",
  fetchable: "ok",
  absent: "-",
  unsuitable: "!",
};

const doctor = command(
  "doctor",
  "Says what this machine has and lacks: Deno, a GPU, and where TensorFlow is or would come from. " +
    "Exits with 0 if training can start, with 1 if something is in the way.",
)
  .option("--fetch", "fetch TensorFlow if it is not there yet")
  .option("--verbose", "let TensorFlow print its own log as it opens");

await run(doctor, async (signal) => {
  if (doctor.opts().verbose) Deno.env.set("TF_CPP_MIN_LOG_LEVEL", "0");
  const denoIsCurrent = checkDeno();
  say("ok", `sharp ${sharp.versions.sharp} with libvips ${sharp.versions.vips}`);
  const gpu = await hasNvidiaGpu();
  say(gpu ? "ok" : "-", gpu ? "nvidia-smi lists a GPU" : "no GPU: nvidia-smi lists none");
  console.log("TensorFlow, in the order in which it is looked for:");
  const findings = await findLibrary({ cuda: gpu });
  for (const { place, state, detail } of findings) say(MARKS[state], `${place}: ${detail}`);
  const ready = await verdict(findings.at(-1)!, signal);
  if (!ready || !denoIsCurrent) throw new Error("training cannot start on this machine");
});

function checkDeno(): boolean {
  const { deno } = Deno.version;
  const current = deno.localeCompare(OLDEST_DENO, "en", { numeric: true }) >= 0;
  const wish = current ? "" : `, but ${OLDEST_DENO} or later is needed: run deno upgrade`;
  say(current ? "ok" : "!", `Deno ${deno} on ${Deno.build.os} ${Deno.build.arch}${wish}`);
  return current;
}

async function verdict({ state }: Finding, signal: AbortSignal): Promise<boolean> {
  const { fetch } = doctor.opts();
  if (state === "fetchable" && !fetch) {
    console.log("Ready: the first training fetches TensorFlow.");
    return true;
  }
  if (state !== "found" && state !== "fetchable") return false;
  try {
    const line = new ProgressLine();
    const tf = await engine({ onProgress: line.show, signal });
    line.clear();
    tf.tidy(() => tf.matMul(tf.ones([8, 8]), tf.ones([8, 8])).dataSync());
    tryXla(tf);
  } catch (error) {
    say("!", error instanceof Error ? error.message : String(error));
    return false;
  }
  const { version, devices, device, idleGpu, folder, machineCode } = engineInfo()!;
  const names = devices.map(({ name }) => name.replace(/^.*device:/, "")).join(", ");
  say("ok", `TensorFlow ${version} opens; devices: ${names}`);
  if (machineCode !== "none") say("ok", `convolutions run in machine code for ${machineCode}`);
  if (idleGpu) {
    say("!", `there is a GPU, but TensorFlow in ${folder} cannot use it; --verbose says why`);
  }
  console.log(`Ready: training runs on the ${device.type}.`);
  return true;
}

/** For a GPU XLA needs more of CUDA than its libraries. */
function tryXla(tf: TensorFlow): void {
  const exp = fuse(tf, (x) => x.exp());
  try {
    tf.tidy(() => exp(tf.ones([8])).dataSync());
  } catch (error) {
    const { message } = error as Error;
    throw new Error(
      `XLA cannot compile: ${message}; on a GPU it needs CUDA's libdevice and ptxas: install the ` +
        "package nvidia-cuda-nvcc-cu12 beside TensorFlow, name CUDA's folder by " +
        "XLA_FLAGS=--xla_gpu_cuda_data_dir=..., or choose the device cpu",
      { cause: error },
    );
  } finally {
    exp.dispose();
  }
}

function say(mark: string, text: string): void {
  console.log(`${mark.padEnd(3)} ${text}`);
}
