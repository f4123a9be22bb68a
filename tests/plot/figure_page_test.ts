import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { figurePage, inlineScript, lineFigure } from "../../lib/plot/mod.ts";

const NASTY = "</script><script>alert(1)</script><!--";

Deno.test("figurePage() holds the figures and plotly.js, and fetches nothing", async () => {
  const figures = ["loss", NASTY].map((name) =>
    lineFigure([{ series: [{ name, x: [1], y: [2] }] }])
  );
  const html = await figurePage(figures, { title: "Run <7>" });

  const json = /const FIGURES = (.*);$/m.exec(html)![1]!;
  assertEquals(JSON.parse(json), figures);
  assertStringIncludes(html, "<title>Run &lt;7&gt;</title>");
  assertEquals(html.match(/<div class="figure"/g)!.length, 2);
  assertEquals(html.match(/^\* plotly\.js v/gm)!.length, 1);

  // Two scripts and no third that a name would have opened; nothing that points elsewhere.
  const tags = html.replaceAll(/(<script>)[^]*?<\/script>/g, "$1");
  assertEquals(tags.match(/<script/g)!.length, 2);
  assert(!/ (src|href)=/.test(tags));
  assertMatch(tags, /Content-Security-Policy" content="default-src 'none';/);
});

Deno.test("inlineScript() means the same, and cannot end or swallow the script's element", () => {
  const text = inlineScript(
    `const found = [${JSON.stringify(NASTY)}, /<\\/SCRIPT/i.source]; found[0]`,
  );
  assert(!/<\/script|<!--/i.test(text));
  assertEquals((0, eval)(text), NASTY);
});
