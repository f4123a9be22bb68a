/// <reference lib="dom" />
import type { Page } from "playwright-core";

const RUN_TIMEOUT_MS = 240_000;
const KERNEL_START_MS = 4000;
const FIGURES_TIMEOUT_MS = 30_000;

/** How many figures a page shows. */
export interface Figures {
  /** Interactive ones. */
  plots: number;
  /** Static ones. */
  pictures: number;
}

/** A notebook in JupyterLab, as one works with it. */
export class NotebookPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens a notebook and waits for its kernel. */
  async open(url: string): Promise<void> {
    await this.page.goto(url, { waitUntil: "domcontentloaded" });
    await this.page.waitForSelector(".jp-Notebook .jp-CodeCell");
    await this.#untilIdle();
    // The page says that the kernel is idle a moment before it would run anything.
    await this.page.waitForTimeout(KERNEL_START_MS);
  }

  /** Chooses an entry of a menu. */
  async menu(name: string, entry: string): Promise<void> {
    await this.page.click(`.lm-MenuBar-itemLabel:text-is("${name}")`);
    await this.page.click(`.lm-Menu-itemLabel:text-is("${entry}")`);
  }

  /** Says yes to a question. */
  async accept(): Promise<void> {
    await this.page.click(".jp-Dialog .jp-mod-accept");
  }

  /** Waits until cells wait to be run, and then until every code cell has run. */
  async untilRun(): Promise<void> {
    await this.page.locator(".jp-InputPrompt", { hasText: "[*]" }).first().waitFor();
    await this.page.waitForFunction(
      () => {
        const prompts = [...document.querySelectorAll(".jp-CodeCell .jp-InputPrompt")];
        return prompts.every(({ textContent }) => /\[\d+\]/.test(textContent ?? ""));
      },
      undefined,
      { timeout: RUN_TIMEOUT_MS },
    );
    await this.#untilIdle();
  }

  /** Adds a cell at the end and runs it, without waiting for its end. */
  async run(code: string): Promise<void> {
    const { keyboard } = this.page;
    await this.page.locator(".jp-Notebook .jp-Cell").last().click();
    await keyboard.press("Escape");
    await keyboard.press("b");
    await keyboard.press("Enter");
    await keyboard.insertText(code);
    await keyboard.press("Control+Enter");
  }

  /** Runs code in a cell of its own. @returns The text of its output. */
  async try(code: string): Promise<string> {
    await this.run(code);
    const output = await this.output();
    await this.remove();
    return output;
  }

  /** Removes the last cell. */
  async remove(): Promise<void> {
    await this.page.locator(".jp-Notebook .jp-Cell").last().click();
    for (const key of ["Escape", "d", "d"]) await this.page.keyboard.press(key);
  }

  /** Waits until the last cell has run. @returns The text of its output. */
  async output(): Promise<string> {
    const cell = this.page.locator(".jp-CodeCell").last();
    await cell.locator(".jp-InputPrompt", { hasText: /\[\d+\]/ }).waitFor();
    await this.#untilIdle();
    // Its result may come after the kernel said that it is idle.
    await this.page.waitForTimeout(500);
    return await cell.locator(".jp-OutputArea-output").allInnerTexts().then((texts) =>
      texts.join("\n")
    );
  }

  /** How many errors the cells show. */
  errors(): Promise<number> {
    return this.page.locator('[data-mime-type="application/vnd.jupyter.error"]').count();
  }

  /** The values of all progress bars together. */
  async progress(): Promise<number> {
    const values = await this.page.locator("progress").evaluateAll((bars) =>
      bars.map((bar) => (bar as HTMLProgressElement).value)
    );
    return values.reduce((sum, value) => sum + value, 0);
  }

  /** The figures, once they are those that are expected, or those that there are after a while. */
  async figuresOnce(expected: Figures): Promise<Figures> {
    const end = performance.now() + FIGURES_TIMEOUT_MS;
    const isThere = ({ plots, pictures }: Figures) =>
      plots === expected.plots && pictures === expected.pictures;
    while (!isThere(await this.figures()) && performance.now() < end) {
      await this.page.waitForTimeout(500);
    }
    return await this.figures();
  }

  /** How many interactive figures and how many pictures with content there are in the outputs. */
  figures(): Promise<Figures> {
    return this.page.evaluate(() => {
      const pictures = [...document.querySelectorAll<HTMLImageElement>(".jp-OutputArea img")];
      return {
        plots: document.querySelectorAll(".jp-OutputArea .js-plotly-plot").length,
        pictures: pictures.filter(({ naturalWidth }) => naturalWidth > 100).length,
      };
    });
  }

  async #untilIdle(): Promise<void> {
    const idle = '.jp-Notebook-ExecutionIndicator[data-status="idle"]';
    await this.page.waitForSelector(idle, { timeout: RUN_TIMEOUT_MS });
  }
}
