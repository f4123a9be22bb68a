import type { StopWorkerInput } from "./stop_worker.ts";

/** What work that the stop button ended is rejected with. */
export class StoppedError extends Error {
  override readonly name = "StoppedError";

  constructor() {
    super("Stopped; the kernel and its variables are as they were, run the cell again to go on");
  }
}

/** Where the kernel that {@linkcode setUpJupyter} makes tells the path of its connection file. */
export const CONNECTION_FILE = "DENOSCAPES_CONNECTION_FILE";

let controller = new AbortController();
let listens = false;

/**
 * Makes the stop button of a notebook end what was started with {@linkcode stopSignal}, and code that
 * never awaits anything. Jupyter sends the kernel a SIGINT, which would end it.
 */
export function listenForStop(): void {
  if (listens) return;
  listens = true;
  const heard = new BigInt64Array(new SharedArrayBuffer(8));
  Deno.addSignalListener("SIGINT", () => {
    Atomics.store(heard, 0, BigInt(Date.now()));
    controller.abort(new StoppedError());
    controller = new AbortController();
  });
  const connectionFile = Deno.env.get(CONNECTION_FILE);
  if (!connectionFile) return; // The kernel of somebody else.
  const worker = new Worker(import.meta.resolve("./stop_worker.ts"), { type: "module" });
  worker.postMessage({ connectionFile, heard } satisfies StopWorkerInput);
}

/** A signal that fires when the stop button is pressed the next time. */
export function stopSignal(): AbortSignal {
  return controller.signal;
}
