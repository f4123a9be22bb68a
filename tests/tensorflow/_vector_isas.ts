import { engine } from "../../lib/mod.ts";
import {
  AVX2,
  AVX512,
  type CodeUse,
  MachineCode,
  type VectorIsa,
} from "../../lib/tensorflow/machine_code/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { hasFeature } from "../../lib/tensorflow/one_dnn.ts";

/** The vectors that this processor has, by name, and whether it has them. */
export const VECTOR_ISAS: { name: string; isa: VectorIsa; missing: boolean }[] = [
  { name: AVX2.name, isa: AVX2, missing: !hasFeature("fma") || !hasFeature("avx2") },
  { name: AVX512.name, isa: AVX512, missing: !hasFeature("avx512f") },
];

/** What makes code for these vectors; the engine is started, so that TensorFlow can run it. */
export async function machineCodeFor(isa: VectorIsa, threads = 2): Promise<CodeUse> {
  const { context } = nodeBackend(await engine()).binding;
  if (!context.machineCode) throw new Error("Cannot test machine code: TensorFlow does not run it");
  return new MachineCode(isa, threads).use();
}
