import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "fast-check";
import { mapBox, parseTransform } from "../../lib/plot/svg_transform.ts";
import { svgRenderer } from "../../lib/plot/svg_renderer.ts";
import { type PageElement, textBox } from "../../lib/plot/text_box.ts";

/** An element as the page would have it. */
function element(
  localName: string,
  attributes: Record<string, string>,
  parentElement: PageElement | null,
  children: PageElement[] = [],
): PageElement {
  return {
    localName,
    parentElement,
    textContent: "label",
    style: { fontSize: "10px", fontWeight: "" },
    getAttribute: (name) => attributes[name] ?? null,
    querySelectorAll: (selector) => children.filter((child) => child.localName === selector),
  };
}

Deno.test("parseTransform() applies the last step first, as SVG does", () => {
  const dot = { x: 1, y: 0, width: 0, height: 0 };
  const box = mapBox(parseTransform("translate(10, 20)rotate(90) scale(2)"), dot);
  assertAlmostEquals(box.x, 10, 1e-9);
  assertAlmostEquals(box.y, 22, 1e-9);
});

Deno.test("parseTransform() turns about the given centre", () => {
  fc.assert(fc.property(fc.integer({ min: -360, max: 360 }), (angle) => {
    const box = mapBox(parseTransform(`rotate(${angle}, 3, 4)`), {
      x: 3,
      y: 4,
      width: 0,
      height: 0,
    });
    assertAlmostEquals(box.x, 3, 1e-9);
    assertAlmostEquals(box.y, 4, 1e-9);
  }));
});

Deno.test("textBox() places a text by its anchor and the transforms above it", () => {
  const group = element("g", { transform: "translate(100,50)" }, null);
  const text = element("text", { "text-anchor": "end", x: "5", y: "7" }, group);
  const holder = element("svg", {}, null, [text]);
  const measure = () => 30;
  assertEquals(textBox(text, null, measure).x, 100 + 5 - 30);
  assertEquals(textBox(text, group, measure).x, 5 - 30);
  assertEquals(textBox(holder, group, measure).width, 30);
  assertAlmostEquals(textBox(text, group, measure).height, 10 * (1.069 + 0.293), 1e-9);
});

Deno.test("textBox() of what holds no text is empty", () => {
  const box = textBox(element("rect", {}, null), null, () => 30);
  assertEquals(box, { x: 0, y: 0, width: 0, height: 0 });
});

Deno.test("textWidth() counts spaces, and grows with the text, the size and the weight", async () => {
  const { textWidth } = await svgRenderer();
  const style = { size: 12 };
  assertEquals(textWidth("", style), 0);
  assert(textWidth("road ", style) > textWidth("road", style));
  assert(textWidth("mmmm", style) > 2 * textWidth("iiii", style));
  assert(textWidth("road", { size: 12, weight: 600 }) > textWidth("road", style));
  assertAlmostEquals(textWidth("a & <b>", { size: 24 }), 2 * textWidth("a & <b>", style), 1e-9);
});
