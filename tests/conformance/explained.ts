/** A spec that fails on our engine without being at fault. */
export interface Explained {
  /** The spec's full name. */
  spec: string;
  /** Why it fails. */
  reason: string;
  /**
   * Whether it passes now and then.
   *
   * @default {false}
   */
  sometimes?: boolean;
}

/** All specs that may fail. Those that fail always must: what passes again has to be taken out. */
export const EXPLAINED: readonly Explained[] = [
  {
    spec: "depthwiseConv2d gradients test-tensorflow {} throws error on dilations > 1",
    reason: "it throws as it should, but TensorFlow has since reworded the message to " +
      '"Current kernel implementation does not support dilations"; oneDNN\'s kernels do not fail',
    sometimes: true,
  },
  {
    spec: "conv3d dilations CPU should throw error on dilations >1",
    reason:
      "it expects that the CPU cannot compute dilations; oneDNN's kernels, which the engine " +
      "chooses on x86-64, can",
    sometimes: true,
  },
  {
    spec: "decode images decode jpeg node bindings do not leak",
    reason: "it lets the process grow by 1 MB in 100000 decodes, but the heap of V8 alone grows " +
      "and shrinks by 15 MB meanwhile; over a million decodes the process levels off",
    sometimes: true,
  },
  ...["with 1d float weights.", "with 1d float weights and number out of range."].map((name) => ({
    spec: `bincount test-tensorflow {} ${name}`,
    reason: "TensorFlow's kernel for GPUs takes no weights",
    sometimes: true,
  })),
  {
    spec: "exp test-tensorflow {} int32",
    reason: "it expects exp(10) to 1e-3, and float32 has steps of 2e-3 there; a GPU gives the next",
    sometimes: true,
  },
];
