import { assertEquals } from "@std/assert";
import { type Lab, withLab } from "./_lab.ts";

Deno.test("Ctrl-C ends JupyterLab and its kernels", () => withLab(startKernel));

// Seen of the threads that JupyterLab reads files with: one of them was left behind.
const FOREVER =
  "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\n";

Deno.test("Ctrl-C ends JupyterLab also where a thread keeps it from ending", () =>
  withLab(startKernel, { config: FOREVER }));

async function startKernel({ api }: Lab): Promise<void> {
  const { status } = await api("kernels", { method: "POST", body: '{"name": "denoscapes"}' });
  assertEquals(status, 201);
}
