/** What a convolution is computed for: height and width are of the images, unless something else is said. */
export interface ConvolutionShape {
  batch: number;
  height: number;
  width: number;
  /** Of the images. */
  channels: number;
  /** Of the result, or of the gradient with respect to it. */
  filters: number;
}

/** What Winograd's code is made for. */
export interface WinogradShape extends ConvolutionShape {
  /** Among how many tensors the channels of the images are divided, to equal parts. */
  joined: number;
  /** What becomes of the numbers that a convolution gives. */
  then: AfterConvolution;
}

/**
 * What becomes of the numbers that a convolution gives: nothing, or each is multiplied by a number of
 * its channel and another one is added, and then the ReLU may be taken.
 */
type AfterConvolution = "nothing" | "scaled" | "scaled, ReLU";

/**
 * What is computed: the result, or the gradient with respect to images (a convolution with the filter
 * turned by 180 degrees and its channels swapped), or that with respect to the filter.
 */
export type ConvolutionWork = "convolution" | "turnedConvolution" | "filterGradient";
