import { assertEquals, assertThrows } from "@std/assert";
import { CAMVID, CITYSCAPES, LABELS, trainIdsOf } from "../../lib/mod.ts";

Deno.test("trainIdsOf() maps every label id of Cityscapes, void to 255", () => {
  const known = LABELS.filter(({ id }) => id >= 0);
  const labels = { ids: Uint8Array.from(known, ({ id }) => id), width: known.length, height: 1 };
  const trainIds = trainIdsOf(labels, CITYSCAPES, "labels.png");
  assertEquals([...trainIds], known.map(({ trainId }) => trainId));
  assertEquals(trainIds.filter((id) => id === 255).length, known.length - 19);
});

Deno.test("trainIdsOf() keeps CamVid's ids and takes 11 for void", () => {
  const labels = { ids: Uint16Array.from({ length: 12 }, (_, id) => id), width: 4, height: 3 };
  assertEquals([...trainIdsOf(labels, CAMVID, "labels.png")], [...Array(11).keys(), 255]);
});

for (
  const [id, space] of [[34, CITYSCAPES], [12, CAMVID], [255, CAMVID], [263, CITYSCAPES]] as const
) {
  Deno.test(`the label id ${id} among ${space.classes.length} classes is unknown`, () => {
    const ids = Uint16Array.of(7, 7, 7, 7, 7, id);
    const message = `Cannot use the labels a/b.png: unknown label id ${id} at x 2, y 1`;
    assertThrows(() => trainIdsOf({ ids, width: 3, height: 2 }, space, "a/b.png"), Error, message);
  });
}
