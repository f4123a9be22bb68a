import { assertEquals, assertThrows } from "@std/assert";
import { imagePath, labelIdsPath, parseSample } from "../../lib/mod.ts";

const AACHEN = { city: "aachen", seq: "000000", frame: "000019", id: "aachen_000000_000019" };

Deno.test("a sample is read from the official names of its files", () => {
  for (const end of ["", "_leftImg8bit.png", "_gtFine_labelIds.png", ".png"]) {
    assertEquals(parseSample(`aachen_000000_000019${end}`), AACHEN);
  }
});

Deno.test("a sample gives its official paths", () => {
  assertEquals(
    imagePath("train", AACHEN),
    "leftImg8bit/train/aachen/aachen_000000_000019_leftImg8bit.png",
  );
  assertEquals(
    labelIdsPath("val", AACHEN),
    "gtFine/val/aachen/aachen_000000_000019_gtFine_labelIds.png",
  );
});

for (
  const name of ["", "aachen.png", "aachen_0_19.png", "aachen_000000_0000199.png", "_000000_000019"]
) {
  Deno.test(`"${name}" names no sample`, () => {
    assertThrows(() => parseSample(name), Error, `Cannot read a sample from "${name}": expected`);
  });
}
