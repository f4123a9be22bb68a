/** So many channels, or a multiple, machine code works on at once. */
export const CHANNELS = 16;
/** Code is written for each vector of them, and there are zeros for rows of so many. */
export const MOST_CHANNELS = 1 << 13;
/** Among how many tensors the channels of a convolution's images may be divided. */
export const MOST_JOINED = 4;
/** What a processor must have for code in bfloat16, as Linux names it. */
export const BFLOAT16_FEATURES = ["avx512bw", "avx512vl", "avx512_bf16", "amx_tile", "amx_bf16"];
/** From so many bytes on tensors have places that instructions, with 32 bits, cannot name. */
export const MOST_BYTES = 2 ** 31;
