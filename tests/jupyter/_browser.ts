// A real browser, for tests that need one.

import { type Browser, chromium } from "playwright-core";
import { delimiter, join } from "node:path";
import { exists } from "../../lib/system/mod.ts";

const NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
/** Without a sandbox, which containers lack, and without connections of its own. */
const FLAGS = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
];

/** The path of a browser, or `undefined` where none is installed. */
export function findBrowser(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  return folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(exists);
}

/** Starts the browser that {@linkcode findBrowser} finds. */
export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: findBrowser()!, args: FLAGS });
}
