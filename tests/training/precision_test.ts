import { assert, assertEquals, assertLess } from "@std/assert";
import {
  drawScene,
  engine,
  fit,
  hasNvidiaGpu,
  LABELS,
  Optimizer,
  parametersOf,
  type Precision,
  unet,
} from "../../lib/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";
import { hasFeature } from "../../lib/tensorflow/one_dnn.ts";

const SIZE = { width: 64, height: 32 }, FRAMES = 8, CLASSES = 19;

const trainIds = new Map(LABELS.map(({ id, trainId }) => [id, trainId]));

/** The losses of some steps on drawn street scenes. */
async function losses(precision: Precision): Promise<number[]> {
  const tf = await engine();
  const scenes = Array.from({ length: FRAMES }, (_, i) => drawScene(i, SIZE));
  const packed = {
    ...SIZE,
    frames: scenes.map((_, i) => ({ id: `${i}`, image: `${i}.png` })),
    images: Uint8Array.from(scenes.flatMap(({ image }) => [...image])),
    labels: Uint8Array.from(
      scenes.flatMap(({ labelIds }) => [...labelIds]),
      (id) => trainIds.get(id)!,
    ),
  };
  const model = unet(tf, CLASSES, { width: 8 });
  const optimizer = new Optimizer(tf, parametersOf(model));
  const found: number[] = [];
  await fit(tf, { model, optimizer, packed }, {
    budget: { epochs: 15 },
    batch: 4,
    precision,
    onStep: ({ loss }) => found.push(loss),
  });
  optimizer.dispose();
  model.dispose();
  return found;
}

Deno.test({
  name: "a U-Net learns in bfloat16 as in float32 (on a GPU or a processor with AVX512-BF16)",
  ignore: !hasFeature("avx512_bf16") && !await hasNvidiaGpu(),
}, async () => {
  const { context } = nodeBackend(await engine()).binding;
  const { bfloat16 } = context;
  // Also where float32 would take its place because it is faster.
  Object.assign(context, { bfloat16: "fast" });
  using _ = { [Symbol.dispose]: () => Object.assign(context, { bfloat16 }) };
  const [single, half] = [await losses("fp32"), await losses("bf16")];
  assertEquals([single.length, half.length], [30, 30]);
  assertLess(single.at(-1)!, 0.9 * single[0]!);
  assert(single.some((loss, i) => loss !== half[i]), "nothing was rounded");
  single.forEach((loss, i) => assertLess(Math.abs(half[i]! - loss), 0.05 * loss));
});
