/** The records that tell the view kernels what to do with each view; layouts as in the shaders' headers. */

/** Where a picture lies in the source buffer. */
export interface PlacedPicture {
  /** First word. */
  readonly offset: number;
  readonly width: number;
  readonly height: number;
  /** Three planes of f32 rather than four bytes per pixel. */
  readonly planes: boolean;
}

export interface ResampledView {
  readonly box: readonly [top: number, left: number, height: number, width: number];
  readonly resized: readonly [height: number, width: number];
  readonly offset: readonly [top: number, left: number];
  readonly filter: 'bilinear' | 'bicubic';
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
}

/** Words of a view's record for view-resample.wgsl. */
export const RESAMPLE_WORDS = 12;

/** Writes the record of view number `view`. */
export function packResample(target: Uint32Array, view: number, picture: PlacedPicture, drawn: ResampledView): void {
  const flags = (drawn.flipHorizontal ? 1 : 0) | (drawn.flipVertical ? 2 : 0) | (drawn.filter === 'bicubic' ? 4 : 0);
  const plane = picture.planes ? picture.width * picture.height : 0;
  target.set(
    [picture.offset, picture.width, plane, flags, ...drawn.box, ...drawn.resized, ...drawn.offset],
    view * RESAMPLE_WORDS,
  );
}

const CODES = {
  brightness: 1,
  contrast: 2,
  saturation: 3,
  hue: 4,
  grayscale: 5,
  invert: 6,
  solarize: 7,
  normalize: 8,
} as const;

/** A step of a color pass; the operations are those of view-color.wgsl. */
export type ColorStep =
  | { readonly op: 'brightness' | 'contrast' | 'saturation' | 'hue'; readonly factor: number }
  | { readonly op: 'grayscale' | 'invert' | 'normalize' }
  | { readonly op: 'solarize'; readonly threshold: number };

/**
 * Writes the program of view number `view` for one color pass of at most `most` steps.
 * @param normalise whether it ends with the normalisation
 */
export function packSteps(
  target: Uint32Array,
  view: number,
  most: number,
  steps: readonly ColorStep[],
  normalise: boolean,
): void {
  const floats = new Float32Array(target.buffer, target.byteOffset, target.length);
  const first = view * most * 2;
  target.fill(0, first, first + most * 2);
  steps.forEach((step, i) => {
    target[first + 2 * i] = CODES[step.op];
    floats[first + 2 * i + 1] = 'factor' in step ? step.factor : 'threshold' in step ? step.threshold : 0;
  });
  if (normalise) target[first + 2 * steps.length] = CODES.normalize;
}

/**
 * Writes the weights of view number `view` for a blur pass.
 * @param weights from the centre outwards, at most radius + 1; null where the view is not blurred
 */
export function packBlur(target: Float32Array, view: number, radius: number, weights: readonly number[] | null): void {
  const first = view * (radius + 1);
  target.fill(0, first, first + radius + 1);
  target.set(weights ?? [1], first);
}

/** The uniform of view-color.wgsl. */
export function packNormalisation(mean: readonly number[], std: readonly number[]): Float32Array {
  return new Float32Array([...mean, 0, ...std, 1]);
}
