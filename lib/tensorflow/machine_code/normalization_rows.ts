// The rows `[C]` that tasks of a batch normalization write and take.

/** Of a part's pixels: the sums of what they differ by from the third row, and of its squares. */
export const SUM = 0, SQUARES = 1, ABOUT = 2, SUM_ROWS = 3;
/** What a number is multiplied by, and what is added then. */
export const SCALE = 0, SHIFT = 1, SCALE_ROWS = 2;
/** What a normalization gives besides its result: for inference, and for the gradient. */
export const MOVING_MEAN = 0, MOVING_VARIANCE = 1, MEAN = 2, VARIANCE = 3, STATISTIC_ROWS = 4;
/** Of a part's pixels: the sums of the gradient, and of its products with what they differ by. */
export const GRADIENT = 0, PRODUCT = 1, GRADIENT_ROWS = 2;
/** The gradients of the weights. */
export const GAMMA_GRADIENT = 0, BETA_GRADIENT = 1;
