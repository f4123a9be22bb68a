/** What a convolution is computed for whose result has a pixel for each of the images. */
export interface ConvolutionShape {
  batch: number;
  height: number;
  width: number;
  /** Of the images. */
  channels: number;
  /** Of the result, or of the gradient with respect to it. */
  filters: number;
}

/**
 * What is computed: the result, or the gradient with respect to images (a convolution with the filter
 * turned by 180 degrees and its channels swapped), or that with respect to the filter.
 */
export type ConvolutionWork = "convolution" | "turnedConvolution" | "filterGradient";
