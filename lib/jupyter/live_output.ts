import { kernel, type MimeBundle } from "./kernel.ts";

/** One output of a cell whose content can be replaced, also after the cell has ended. */
export class LiveOutput {
  readonly #id: string = crypto.randomUUID();
  #last: Promise<void> | undefined;

  /**
   * Shows something in the place of what was there before. Outside of a notebook it does nothing.
   *
   * @returns When it was sent; contents arrive in the order of the calls.
   */
  set(bundle: MimeBundle): Promise<void> {
    const notebook = kernel();
    if (!notebook) return Promise.resolve();
    const options = { raw: true, display_id: this.#id, update: this.#last !== undefined } as const;
    const send = () => notebook.display(bundle, options);
    // One output that cannot be sent is no reason to end the work, or to send no more.
    return this.#last = (this.#last ?? Promise.resolve()).then(send).catch(() => {});
  }
}
