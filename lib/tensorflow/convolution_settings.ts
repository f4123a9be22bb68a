import { attributeValue, type OpAttribute } from "./op_attributes.ts";

/** What of a convolution's settings matters to those who compute it otherwise. */
export interface ConvolutionSettings {
  /** The stride both ways. */
  stride: number;
  padding: string;
}

/** Whether the channels of a convolution's images are their last axis. */
export function hasChannelsLast(attributes: OpAttribute[]): boolean {
  return attributeValue(attributes, "data_format") === "NHWC";
}

/** The settings of a convolution with channels last, one stride and no dilation. */
export function plainSettings(attributes: OpAttribute[]): ConvolutionSettings | undefined {
  const values = Object.fromEntries(attributes.map(({ name, value }) => [name, value]));
  const [, vertical, horizontal] = values.strides as number[];
  const plain = hasChannelsLast(attributes) && vertical === horizontal &&
    ((values.dilations ?? []) as number[]).every((dilation) => dilation === 1);
  return plain ? { stride: vertical!, padding: values.padding as string } : undefined;
}
