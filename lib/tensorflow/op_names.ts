// TensorFlow's names of ops that several modules here replace or go by.

export const CONVOLUTION = "Conv2D";
/** A convolution's gradient with respect to its images. */
export const IMAGE_GRADIENT = "Conv2DBackpropInput";
/** A convolution's gradient with respect to its filter. */
export const FILTER_GRADIENT = "Conv2DBackpropFilter";
export const POOLING = "MaxPool", POOLING_GRADIENT = "MaxPoolGrad";
export const NORMALIZATION = "FusedBatchNormV3";
export const NORMALIZATION_GRADIENT = "FusedBatchNormGradV3";
