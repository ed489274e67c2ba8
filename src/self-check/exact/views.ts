/**
 * The operations that make views, as torchvision defines them on tensors in [0, 1]. Pixels are [y][x] of (r, g, b), and of a
 * view they lie in `size` lines.
 */
import { type Bounded, bounded } from './bounded.js';

/** What views may be off by on [0, 1], absolute (docs/kernels.md). */
export const VIEW_ERROR = 1e-5;

export type Pixel = readonly [r: number, g: number, b: number];

/** Pixels with one bound for all. */
export function viewOf(pixels: readonly Pixel[], error = VIEW_ERROR): Bounded {
  const result = bounded(pixels.length * 3);
  result.values.set(pixels.flat());
  result.errors.fill(error);
  return result;
}

export interface Cut {
  readonly box: readonly [top: number, left: number, height: number, width: number];
  readonly resized: readonly [height: number, width: number];
  readonly offset: readonly [top: number, left: number];
  readonly filter: 'bilinear' | 'bicubic';
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
}

/** Resize with antialias, then cut and flip. @param pixel of the picture */
export function resampled(pixel: (y: number, x: number) => Pixel, cut: Cut, size: number): Pixel[] {
  const [top, left, height, width] = cut.box;
  const down = Array.from({ length: size }, (_, y) =>
    tapsOf(flipped(y, cut.flipVertical, size) + cut.offset[0], height, cut.resized[0], cut.filter),
  );
  const across = Array.from({ length: size }, (_, x) =>
    tapsOf(flipped(x, cut.flipHorizontal, size) + cut.offset[1], width, cut.resized[1], cut.filter),
  );
  return places(size, (y, x) => {
    let sum: Pixel = [0, 0, 0];
    for (const [j, v] of down[y]!)
      for (const [i, w] of across[x]!) sum = blended(1, sum, v * w, pixel(top + j, left + i));
    return sum;
  });
}

function flipped(at: number, flip: boolean, size: number): number {
  return flip ? size - 1 - at : at;
}

/** The pixels that one of the resized line is made of, with weights that add up to 1. */
function tapsOf(at: number, from: number, to: number, filter: Cut['filter']): [pixel: number, weight: number][] {
  const scale = Math.max(from / to, 1);
  const centre = ((at + 0.5) * from) / to;
  const taps: [number, number][] = [];
  for (let i = 0; i < from; i++) {
    const weight = filterAt(Math.abs(i + 0.5 - centre) / scale, filter);
    if (weight !== 0) taps.push([i, weight]);
  }
  const total = taps.reduce((sum, [, weight]) => sum + weight, 0);
  return taps.map(([i, weight]) => [i, weight / total]);
}

/** The triangle, or the cubic with a = −½ (Keys 1981). */
function filterAt(t: number, filter: Cut['filter']): number {
  if (filter === 'bilinear') return Math.max(1 - t, 0);
  if (t < 1) return 1.5 * t ** 3 - 2.5 * t ** 2 + 1;
  return t < 2 ? -0.5 * t ** 3 + 2.5 * t ** 2 - 4 * t + 2 : 0;
}

/** Weights from the centre outwards, along rows or columns, reflected at the borders without repeating them. */
export function blurredLine(
  pixels: readonly Pixel[],
  weights: readonly number[],
  vertical: boolean,
  size: number,
): Pixel[] {
  const reflect = (i: number) => (i < 0 ? -i : i >= size ? 2 * (size - 1) - i : i);
  return places(size, (y, x) => {
    let sum: Pixel = [0, 0, 0];
    for (let k = 1 - weights.length; k < weights.length; k++) {
      const at = vertical ? reflect(y + k) * size + x : y * size + reflect(x + k);
      sum = blended(1, sum, weights[Math.abs(k)]!, pixels[at]!);
    }
    return sum;
  });
}

export function grayOf([r, g, b]: Pixel): number {
  return 0.2989 * r + 0.587 * g + 0.114 * b;
}

export function brightened(pixel: Pixel, factor: number): Pixel {
  return clamped(blended(factor, pixel, 0, pixel));
}

/** @param mean gray of the view */
export function contrasted(pixel: Pixel, factor: number, mean: number): Pixel {
  return clamped(blended(factor, pixel, 1 - factor, [mean, mean, mean]));
}

export function saturated(pixel: Pixel, factor: number): Pixel {
  return contrasted(pixel, factor, grayOf(pixel));
}

/** Through hue, saturation and value (Smith 1978). @param turns of the hue */
export function hueTurned([r, g, b]: Pixel, turns: number): Pixel {
  const [value, least] = [Math.max(r, g, b), Math.min(r, g, b)];
  const chroma = value - least;
  if (chroma === 0) return [r, g, b];
  const sixth = value === r ? (g - b) / chroma : value === g ? 2 + (b - r) / chroma : 4 + (r - g) / chroma;
  const channel = (n: number) => {
    const k = (((n + sixth + 6 * turns) % 6) + 6) % 6;
    return value - chroma * Math.max(0, Math.min(k, 4 - k, 1));
  };
  return [channel(5), channel(3), channel(1)];
}

export function inverted([r, g, b]: Pixel, from = 0): Pixel {
  const invert = (x: number) => (x >= from ? 1 - x : x);
  return [invert(r), invert(g), invert(b)];
}

function blended(p: number, one: Pixel, q: number, other: Pixel): Pixel {
  return [p * one[0] + q * other[0], p * one[1] + q * other[1], p * one[2] + q * other[2]];
}

function clamped([r, g, b]: Pixel): Pixel {
  const clamp = (x: number) => Math.min(Math.max(x, 0), 1);
  return [clamp(r), clamp(g), clamp(b)];
}

function places(size: number, of: (y: number, x: number) => Pixel): Pixel[] {
  return Array.from({ length: size * size }, (_, i) => of(Math.floor(i / size), i % size));
}
