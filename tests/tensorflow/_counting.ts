import type { TensorFlow } from "../../lib/mod.ts";
import { nodeBackend } from "../../lib/tensorflow/node_backend.ts";

/** Counts the calls beside the event loop that have begun meanwhile. */
export async function counting(
  tf: TensorFlow,
  work: (begun: () => number) => Promise<void>,
): Promise<void> {
  const { context } = nodeBackend(tf).binding, { api } = context;
  let begun = 0;
  const counted = (...args: Parameters<typeof api.TFE_ExecuteNonblocking>) => {
    begun++;
    return api.TFE_ExecuteNonblocking(...args);
  };
  Object.assign(context, { api: { ...api, TFE_ExecuteNonblocking: counted } });
  try {
    await work(() => begun);
  } finally {
    Object.assign(context, { api });
  }
}
