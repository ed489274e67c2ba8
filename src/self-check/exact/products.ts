/** Convolutions and products with what follows them, by their definitions. Maps are [views][height][width][channels]. */
import type { EpilogueParts } from '../../kernels/epilogue.js';
import { type Bounded, bounded, rounded, roundings } from './bounded.js';
import { erf } from './erf.js';

export interface ConvolutionShape {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly out: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  /** Default 1. */
  readonly groups?: number;
}

/** @param weights [out][channels / groups][kernel][kernel] */
export function convolution(
  shape: ConvolutionShape,
  input: ArrayLike<number>,
  weights: ArrayLike<number>,
): Bounded & { readonly height: number; readonly width: number } {
  const { views, height, width, channels, out, kernel, stride, padding, groups = 1 } = shape;
  const rows = Math.floor((height + 2 * padding - kernel) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - kernel) / stride) + 1;
  const [perGroup, taps] = [channels / groups, kernel * kernel];
  const result = bounded(views * rows * columns * out);
  let at = 0;
  for (let view = 0; view < views; view++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let o = 0; o < out; o++, at++) {
          const firstChannel = Math.floor(o / (out / groups)) * perGroup;
          let [sum, size] = [0, 0];
          for (let ky = 0; ky < kernel; ky++)
            for (let kx = 0; kx < kernel; kx++) {
              const [row, column] = [y * stride + ky - padding, x * stride + kx - padding];
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              const pixel = ((view * height + row) * width + column) * channels + firstChannel;
              const tap = o * perGroup * taps + ky * kernel + kx;
              for (let c = 0; c < perGroup; c++) {
                const product = input[pixel + c]! * weights[tap + c * taps]!;
                sum += product;
                size += Math.abs(product);
              }
            }
          result.values[at] = sum;
          result.errors[at] = roundings(perGroup * taps) * size;
        }
  return { ...result, height: rows, width: columns };
}

/** Numbers per output channel, and what is added to every value. */
export interface EpilogueNumbers {
  readonly bias: ArrayLike<number>;
  readonly scale: ArrayLike<number>;
  readonly shift: ArrayLike<number>;
  readonly residual: ArrayLike<number>;
}

/** + bias, · scale + shift, ReLU or GELU, + residual, ReLU: those of them that `parts` names. */
export function finished(
  { values, errors }: Bounded,
  out: number,
  parts: EpilogueParts,
  { bias, scale, shift, residual }: EpilogueNumbers,
): Bounded {
  const result = bounded(values.length);
  values.forEach((sum, i) => {
    const c = i % out;
    let [value, error] = [sum, errors[i]!];
    const add = (term: number) => {
      value += term;
      error = rounded(value, error);
    };
    if (parts.bias) add(bias[c]!);
    if (parts.affine) {
      value *= scale[c]!;
      error = rounded(value, error * Math.abs(scale[c]!));
      add(shift[c]!);
    }
    if (parts.gelu) [value, error] = boundedGelu(value, error);
    else if (parts.relu) value = Math.max(value, 0);
    if (parts.residual) add(residual[i]!);
    if (parts.reluAfterAdd) value = Math.max(value, 0);
    result.values[i] = value;
    result.errors[i] = error;
  });
  return result;
}

/** The slope of GELU is at most 1.13; 1 + erf may be off by 2e-7, and two products follow. */
function boundedGelu(x: number, error: number): [value: number, error: number] {
  const size = Math.abs(x) + error;
  return [gelu(x), 1.13 * error + (size / 2) * 2e-7 + roundings(2) * size];
}

/** x/2 · (1 + erf(x / √2)). */
export function gelu(x: number): number {
  return (x / 2) * (1 + erf(x / Math.SQRT2));
}
