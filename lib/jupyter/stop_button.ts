import { kernel } from "./kernel.ts";

/** What work that the stop button ended is rejected with. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("Stopped; the kernel and its variables are as they were, run the cell again to go on");
  }
}

let controller = new AbortController();
let listens = false;

/**
 * Makes the stop button of a notebook end what was started with {@linkcode stopSignal}. Jupyter sends
 * the kernel a SIGINT, which would end it.
 */
export function listenForStop(): void {
  if (listens || !kernel()) return;
  listens = true;
  Deno.addSignalListener("SIGINT", () => {
    controller.abort(new StoppedError());
    controller = new AbortController();
  });
}

/** A signal that fires when the stop button is pressed the next time. */
export function stopSignal(): AbortSignal {
  return controller.signal;
}
