/** The bytes of a float32. */
export const FLOAT_BYTES = 4;
/** The bytes of a bfloat16. */
export const BFLOAT16_BYTES = 2;
