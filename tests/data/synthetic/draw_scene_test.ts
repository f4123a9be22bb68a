import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { CITYSCAPES } from "../../../lib/data/label_space.ts";
import { LABELS } from "../../../lib/data/labels.ts";
import { drawScene } from "../../../lib/data/synthetic/mod.ts";

const SMALL = { width: 128, height: 64 };

Deno.test("drawScene() draws the same scene for the same seed", () => {
  assertEquals(drawScene(5, SMALL), drawScene(5, SMALL));
});

Deno.test("drawScene() draws another scene for another seed", () => {
  const [one, other] = [drawScene(5, SMALL), drawScene(6, SMALL)];
  assertNotEquals(one.image, other.image);
  assertNotEquals(one.labelIds, other.labelIds);
});

Deno.test("drawScene() draws at any size", () => {
  for (const [width, height] of [[1, 1], [37, 23], [64, 64]] as const) {
    const scene = drawScene(3, { width, height });
    assertEquals([scene.width, scene.height], [width, height]);
    assertEquals(scene.image.length, width * height * 3);
    assertEquals(scene.labelIds.length, width * height);
  }
  assertEquals(drawScene(3).labelIds.length, 512 * 256);
});

Deno.test("drawScene() refuses a size that is not of whole pixels", () => {
  assertThrows(() => drawScene(1, { width: 12.5 }), RangeError, "12.5 x 256");
  assertThrows(() => drawScene(1, { height: 0 }), RangeError, "512 x 0");
});

Deno.test("drawScene() draws the same scene at every size", () => {
  // Three times the size puts every third pixel's centre where a small pixel has its own.
  for (const seed of [1, 2, 3]) {
    const small = drawScene(seed, SMALL).labelIds;
    const large = drawScene(seed, { width: 384, height: 192 }).labelIds;
    const same = small.filter((id, index) => {
      const [x, y] = [index % 128, Math.floor(index / 128)];
      return id === large[(y * 3 + 1) * 384 + x * 3 + 1];
    });
    assert(same.length >= 0.999 * small.length, `${same.length} of ${small.length} are the same`);
  }
});

Deno.test("drawScene() gives every pixel an id from the label table", () => {
  const known = new Set(LABELS.map(({ id }) => id).filter((id) => id >= 0));
  for (let seed = 0; seed < 5; seed++) {
    assert(drawScene(seed, SMALL).labelIds.every((id) => known.has(id)));
  }
});

Deno.test("drawScene() shows each evaluated class in a third of the scenes, and void", () => {
  const scenes = 30;
  const frequency = new Map<number, number>();
  for (let seed = 0; seed < scenes; seed++) {
    for (const id of new Set(drawScene(seed, SMALL).labelIds)) {
      frequency.set(id, (frequency.get(id) ?? 0) + 1);
    }
  }
  for (const { id, name } of CITYSCAPES.classes) {
    const seen = frequency.get(id) ?? 0;
    assert(seen >= scenes / 3, `expected ${name} in a third of ${scenes} scenes, got ${seen}`);
  }
  assertEquals(frequency.get(1), scenes); // the ego vehicle
});
