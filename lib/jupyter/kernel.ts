/** What a notebook can show: the same thing in several media types, the front end picks one. */
export type MimeBundle = Record<string, unknown>;

/** Deno's Jupyter kernel, as far as it is used here. */
export interface Kernel {
  display(
    bundle: MimeBundle,
    options: { raw: true; display_id?: string; update?: boolean },
  ): Promise<void>;
}

/** A value with a method of this name shows itself when a cell ends in it. */
export const DISPLAY: unique symbol = Symbol.for("Jupyter.display") as never;

/** Something that shows itself when a cell ends in it. */
export interface Displayable {
  [DISPLAY](): MimeBundle | Promise<MimeBundle>;
}

/** The kernel this process is, or `undefined` outside of a notebook. */
export function kernel(): Kernel | undefined {
  try {
    return (Deno as unknown as { jupyter: Kernel }).jupyter;
  } catch {
    return undefined; // Elsewhere the property throws.
  }
}

/**
 * Shows something at once, not only as the last value of a cell.
 *
 * @param value What it is; without a notebook its text is printed.
 */
export async function show(value: Displayable): Promise<void> {
  const bundle = await value[DISPLAY]();
  const notebook = kernel();
  if (notebook) await notebook.display(bundle, { raw: true });
  else console.log(bundle["text/plain"]);
}
