/** A value that JSON can hold. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** An object that JSON can hold. */
export interface JsonObject {
  readonly [key: string]: Json;
}

/**
 * A figure as Plotly JSON: pure data, which can be stored, compared, sent to a page and drawn again
 * anywhere. The attributes are those of Plotly's figure reference.
 *
 * `layout.width` and `layout.height` are its natural size in pixels: a static picture has it, a page
 * takes the width for the largest one.
 */
export interface Figure {
  /** The traces. */
  readonly data: readonly JsonObject[];
  /** Axes, titles, legend, margins. */
  readonly layout: JsonObject;
}
