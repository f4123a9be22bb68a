/** TensorFlow's status codes that callers tell apart (`tsl/c/tsl_status.h`). */
export const StatusCode = {
  OK: 0,
  INVALID_ARGUMENT: 3,
  NOT_FOUND: 5,
  RESOURCE_EXHAUSTED: 8,
  UNIMPLEMENTED: 12,
} as const;

/** A failure inside TensorFlow, with its message and the op or step that failed. */
export class TensorFlowError extends Error {
  override readonly name = "TensorFlowError";
  /** The op that failed, such as `"MatMul"`, or the step, such as `"open a context"`. */
  readonly op: string;
  /** TensorFlow's status code; see {@linkcode StatusCode}. */
  readonly code: number;

  /**
   * @param op The op or step that failed.
   * @param status TensorFlow's status code and message.
   */
  constructor(op: string, status: { code: number; message: string }) {
    const hint = status.code === StatusCode.RESOURCE_EXHAUSTED
      ? " (out of memory: use a smaller batch, image size or width)"
      : "";
    super(`${op}: ${status.message}${hint}`);
    this.op = op;
    this.code = status.code;
  }
}
