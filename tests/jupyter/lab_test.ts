/// <reference lib="dom" />
import { assert, assertEquals, assertLess, assertMatch } from "@std/assert";
import type { Page } from "playwright-core";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  type MimeBundle,
  type Notebook,
  readNotebook,
  setUpJupyter,
  writeNotebook,
} from "../../lib/mod.ts";
import { runCommand } from "../../lib/system/mod.ts";
import { findBrowser, launchBrowser } from "./_browser.ts";
import { type Lab, withLab } from "./_lab.ts";
import { type Figures, NotebookPage } from "./_notebook_page.ts";

const ASSIGNMENT = "notebooks/assignment.ipynb";
/** Screenshots go there, if it is set. */
const SCREENSHOTS = Deno.env.get("DENOSCAPES_SCREENSHOTS");
const browserPath = findBrowser();

async function screenshot(page: Page, name: string): Promise<void> {
  if (SCREENSHOTS) await page.screenshot({ path: join(SCREENSHOTS, `${name}.png`) });
}

async function withPage(work: (page: Page) => Promise<void>): Promise<void> {
  const browser = await launchBrowser();
  try {
    const context = await browser.newContext({ viewport: { width: 1200, height: 1000 } });
    await work(await context.newPage());
  } finally {
    await browser.close();
  }
}

/** Runs all cells, and sees to it that a training's bar moves meanwhile. */
async function runAll(notebook: NotebookPage, start: () => Promise<void>): Promise<void> {
  await start();
  const seen = new Set<number>();
  const running = notebook.untilRun();
  let isDone = false;
  running.finally(() => isDone = true).catch(() => {});
  while (!isDone) {
    seen.add(await notebook.progress());
    await notebook.page.waitForTimeout(250);
  }
  await running;
  assertEquals(await notebook.errors(), 0);
  assert(seen.size > 20, `the bar stood at ${[...seen]}`);
}

/** Moves over a figure and waits for the values that it tells. */
async function hover({ page }: NotebookPage): Promise<string> {
  const plot = page.locator(".js-plotly-plot").first();
  await plot.locator(".nsewdrag").first().hover();
  await plot.locator(".hoverlayer text").first().waitFor();
  await screenshot(page, "hover");
  return (await plot.locator(".hoverlayer text").allTextContents()).join(" ");
}

async function stop(notebook: NotebookPage): Promise<void> {
  await notebook.run("await trainer.fit({ minutes: 5 });");
  const before = await notebook.progress();
  while (await notebook.progress() === before) await notebook.page.waitForTimeout(100);
  await notebook.page.click('[data-command="notebook:interrupt-kernel"]');
  assertMatch(await notebook.output(), /Stopped after step \d+; what was learnt is kept\./);
  await screenshot(notebook.page, "stopped");
  await notebook.remove();
  assertMatch(
    await notebook.try("`${classes.length} classes, ${trainer.history.train.length > 0}`"),
    /19 classes, true/,
  );
}

/** A notebook with the same outputs that nobody has trusted: its content is another. */
async function untrustedCopy({ project }: Lab, name: string): Promise<string> {
  const notebook: Notebook = await readNotebook(project.path(ASSIGNMENT));
  const [first] = notebook.cells;
  first!.source += "\n\nThis is a copy.";
  await writeNotebook(project.path("notebooks", name), notebook);
  return `notebooks/${name}`;
}

/** What a saved notebook shows where scripts may run, and where they may not. */
async function savedFigures({ project }: Lab): Promise<{ live: Figures; still: Figures }> {
  const { cells } = await readNotebook(project.path(ASSIGNMENT));
  const bundles = cells
    .flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []) as { data?: MimeBundle }[])
    .map(({ data = {} }) => data);
  const plots = bundles.filter((bundle) => "application/vnd.plotly.v1+json" in bundle).length;
  const pictures = bundles.filter((bundle) => "image/png" in bundle).length;
  return { live: { plots, pictures }, still: { plots: 0, pictures: plots + pictures } };
}

async function exportedPage({ project }: Lab): Promise<string> {
  const { python, env } = await setUpJupyter(project.folder);
  const args = ["-m", "nbconvert", "--to", "html", project.path(ASSIGNMENT)];
  const result = await runCommand(python, args, { env });
  assertEquals(result?.code, 0, result?.stderr);
  return project.path("notebooks", "assignment.html");
}

Deno.test({
  name: `the assignment runs in JupyterLab${browserPath ? "" : " (ignored: no browser)"}`,
  ignore: !browserPath,
  fn: (t) =>
    withLab((lab) =>
      withPage(async (page) => {
        const notebook = new NotebookPage(page);
        await notebook.open(lab.url(ASSIGNMENT));

        await t.step(
          "run all: every cell runs, the progress bar moves",
          () => runAll(notebook, () => notebook.menu("Run", "Run All Cells")),
        );

        await t.step("figures are interactive, and tell values where one points", async () => {
          assertMatch(await hover(notebook), /training/);
        });

        await t.step("the stop button ends a training, the kernel lives", () => stop(notebook));

        await t.step("the stop button ends a loop that never awaits, too", async () => {
          await notebook.run("let rounds = 0; while (true) rounds++;");
          await page.waitForTimeout(1000);
          await page.click('[data-command="notebook:interrupt-kernel"]');
          await notebook.output();
          await notebook.remove();
          assertMatch(await notebook.try("`${rounds > 0}, ${classes.length}`"), /true, 19/);
        });

        await t.step("an exception in a cell is short, and leaves the kernel usable", async () => {
          const shown = await notebook.try('await openRun("data/runs", "no such run");');
          assertMatch(shown, /Cannot open the run no such run/);
          assert(shown.split("\n").length < 5, shown);
          assertMatch(await notebook.try("6 * 7"), /42/);
        });

        await page.keyboard.press("Control+s");
        await page.waitForTimeout(2000);
        const { live, still } = await savedFigures(lab);
        assert(live.plots > 5 && live.pictures > 5);

        await t.step("every figure is there after saving and reloading the page", async () => {
          await notebook.open(lab.url(ASSIGNMENT));
          assertEquals(await notebook.figuresOnce(live), live);
        });

        await t.step("without trust every figure is a picture; a second kernel works", async () => {
          const other = new NotebookPage(await page.context().newPage());
          await other.open(lab.url(await untrustedCopy(lab, "copy.ipynb")));
          assertEquals(await other.figuresOnce(still), still);
          await screenshot(other.page, "untrusted");
          assertMatch(
            await other.try('(await (await import("denoscapes")).engine()).tensor1d([1, 5])'),
            /Tensor float32 \[2\], 1\.\.5, mean 3/,
          );
          assertEquals((await lab.kernels()).size, 2);
          await other.page.close();
        });

        await t.step("every figure is there in a page that nbconvert exports", async () => {
          const exported = await page.context().newPage();
          await exported.goto(pathToFileURL(await exportedPage(lab)).href);
          const pictures = await exported.evaluate(() =>
            [...document.querySelectorAll("img")].filter((img) => img.naturalWidth > 100).length
          );
          assertEquals(pictures, still.pictures);
          await exported.close();
        });

        await t.step("a restart frees the memory and keeps the figures", async () => {
          const before = await lab.kernels();
          await notebook.menu("Kernel", "Restart Kernel…");
          await notebook.accept();
          await page.waitForTimeout(3000);
          const after = await lab.kernels();
          const [[started]] = [...after].filter(([pid]) => !before.has(pid)) as [[number, number]];
          const [ended] = [...before.keys()].filter((pid) => !after.has(pid));
          assert(started && ended);
          assertLess(after.get(started)!, before.get(ended)! / 2);
          assertEquals(await notebook.figuresOnce(live), live);
        });

        await t.step("restart and run all", () =>
          runAll(notebook, async () => {
            await notebook.menu("Kernel", "Restart Kernel and Run All Cells…");
            await notebook.accept();
          }));
      })
    ),
});
