/** TensorFlow's status code for memory that cannot be had (`tsl/c/tsl_status.h`). */
const RESOURCE_EXHAUSTED = 8;

/** A failure inside TensorFlow, with its message and the op or step that failed. */
export class TensorFlowError extends Error {
  override readonly name = "TensorFlowError";
  /** The op that failed, such as `"MatMul"`, or the step, such as `"make a context"`. */
  readonly op: string;
  /** TensorFlow's status code, as in `tsl/c/tsl_status.h`. */
  readonly code: number;

  /**
   * @param op The op or step that failed.
   * @param status TensorFlow's status code and message.
   */
  constructor(op: string, status: { code: number; message: string }) {
    const hint = status.code === RESOURCE_EXHAUSTED
      ? " (out of memory: use a smaller batch, image size or width)"
      : "";
    super(`${op}: ${status.message}${hint}`);
    this.op = op;
    this.code = status.code;
  }
}
