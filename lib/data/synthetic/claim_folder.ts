import { join } from "node:path";

/** How many frames each split of a data set has. */
export interface FrameCounts {
  readonly train: number;
  readonly val: number;
}

/** What settles a drawn data set. */
export interface Drawing {
  readonly frames: FrameCounts;
  readonly width: number;
  readonly height: number;
  readonly seed: number;
}

/** To be raised whenever the same seed gives another scene. */
const DRAWER_VERSION = 2;

/**
 * Notes in `synthetic.json` what is drawn into a folder, and sees to it that nothing else is there.
 *
 * @throws {Error} if the folder holds a data set that was drawn otherwise, or not drawn at all.
 */
export async function claimFolder(root: string, drawing: Drawing): Promise<void> {
  const path = join(root, "synthetic.json");
  const { frames: { train, val }, width, height, seed } = drawing;
  const note = { drawerVersion: DRAWER_VERSION, frames: { train, val }, width, height, seed };
  const expected = JSON.stringify(note);
  const refuse = (reason: string) =>
    new Error(`Cannot draw into ${root}: ${reason}; remove the folder or choose another`);
  await Deno.mkdir(root, { recursive: true });
  const found = await readNote(path);
  if (found === expected) return;
  if (found !== undefined) {
    throw refuse(`expected a data set drawn with ${expected}, got one with ${found}`);
  }
  for await (const { name } of Deno.readDir(root)) {
    if (name === "leftImg8bit" || name === "gtFine") {
      throw refuse(`expected an empty folder or a drawn data set, got one with ${name}`);
    }
  }
  await Deno.writeTextFile(`${path}.part`, JSON.stringify(note, null, 2) + "\n");
  await Deno.rename(`${path}.part`, path);
}

/** How the data set in a folder is drawn, or `undefined` if there is none that this drawer began. */
export async function drawingOf(root: string): Promise<Drawing | undefined> {
  const found = await readNote(join(root, "synthetic.json"));
  const { drawerVersion, ...drawing } = JSON.parse(found ?? "{}");
  return drawerVersion === DRAWER_VERSION ? drawing : undefined;
}

/** The note as one line, or `undefined` where there is none. */
async function readNote(path: string): Promise<string | undefined> {
  let text;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw new Error(`Cannot read ${path}: ${(error as Error).message}`, { cause: error });
  }
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return JSON.stringify(text);
  }
}
