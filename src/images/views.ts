/**
 * A view of an image, as plain numbers: what the host draws and the shaders apply. Order of application:
 * resample (box, size, flips), then `steps` in order. The encoder's normalisation comes after the last step, unless it
 * is one of them.
 */
export interface ViewParameters {
  /**
   * Part of the picture, in its pixels, that is resized: [top, left, height, width].
   */
  readonly box: readonly [top: number, left: number, height: number, width: number];
  /** The box is resized to this (height, width), antialiased … */
  readonly resized: readonly [height: number, width: number];
  /** … and the view is cut out of it from this (top, left) on, square, of the encoder's size. */
  readonly offset: readonly [top: number, left: number];
  readonly filter: 'bilinear' | 'bicubic';
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
  readonly steps: readonly ViewStep[];
}

/** torchvision's tensor semantics on [0, 1], each clamped as torchvision clamps. */
export type ViewStep =
  | { readonly op: 'brightness' | 'contrast' | 'saturation'; readonly factor: number }
  /** Shift in turns, −0.5 … 0.5. */
  | { readonly op: 'hue'; readonly factor: number }
  | { readonly op: 'grayscale' }
  | { readonly op: 'invert' }
  | { readonly op: 'normalize' }
  /** Values at or above the threshold are inverted. */
  | { readonly op: 'solarize'; readonly threshold: number }
  /** Odd kernel width in pixels, at most 31; sigma in pixels; reflect padding. */
  | { readonly op: 'blur'; readonly kernel: number; readonly sigma: number };
