// What went wrong with deflated bytes. The host imports these numbers too, so they are plain TypeScript.

/** They are none that Deflate makes. */
export const DAMAGED = -1;
/** They end before what they deflate. */
export const CUT_SHORT = -2;
/** They deflate more than there is room for. */
export const TOO_LONG = -3;
/** They deflate other bytes than those whose checksum they have. */
export const WRONG_CHECKSUM = -4;
