/** Winograd F(2×2, 3×3) by its matrices (Lavin & Gray 2016, §4.1). */
import { type Bounded, bounded, roundings } from './bounded.js';

const B_TRANSPOSED = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
] as const;
const A_TRANSPOSED = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
] as const;

export interface WinogradMap {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
}

/**
 * Bᵀ d B of every 4×4 patch: [views][16][tiles][channels].
 * @param input [views][height][width][channels]
 */
export function winogradPatches({ views, height, width, channels }: WinogradMap, input: ArrayLike<number>): Bounded {
  const [down, across] = [Math.ceil(height / 2), Math.ceil(width / 2)];
  const result = bounded(views * 16 * down * across * channels);
  let at = 0;
  for (let view = 0; view < views; view++)
    for (let place = 0; place < 16; place++)
      for (let tile = 0; tile < down * across; tile++)
        for (let c = 0; c < channels; c++, at++) {
          const [top, left] = [2 * Math.floor(tile / across) - 1, 2 * (tile % across) - 1];
          let [sum, size] = [0, 0];
          for (let i = 0; i < 4; i++)
            for (let j = 0; j < 4; j++) {
              const [y, x] = [top + i, left + j];
              if (y < 0 || x < 0 || y >= height || x >= width) continue;
              const factor = B_TRANSPOSED[Math.floor(place / 4)]![i]! * B_TRANSPOSED[place % 4]![j]!;
              const term = factor * input[((view * height + y) * width + x) * channels + c]!;
              sum += term;
              size += Math.abs(term);
            }
          result.values[at] = sum;
          result.errors[at] = roundings(2) * size;
        }
  return result;
}

/**
 * Aᵀ [Σ_c U ⊙ V] A of every tile: [views][height][width][out].
 * @param patches V, as of `winogradPatches`
 * @param weights U [16][out][channels]
 */
export function winogradOutputs(
  { views, height, width, channels }: WinogradMap,
  out: number,
  patches: ArrayLike<number>,
  weights: ArrayLike<number>,
): Bounded {
  const across = Math.ceil(width / 2);
  const tiles = Math.ceil(height / 2) * across;
  const result = bounded(views * height * width * out);
  let at = 0;
  for (let view = 0; view < views; view++)
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        for (let o = 0; o < out; o++, at++) {
          const tile = Math.floor(y / 2) * across + Math.floor(x / 2);
          let [sum, size] = [0, 0];
          for (let place = 0; place < 16; place++) {
            const factor = A_TRANSPOSED[y % 2]![Math.floor(place / 4)]! * A_TRANSPOSED[x % 2]![place % 4]!;
            const from = ((view * 16 + place) * tiles + tile) * channels;
            for (let c = 0; c < channels; c++) {
              const term = factor * patches[from + c]! * weights[(place * out + o) * channels + c]!;
              sum += term;
              size += Math.abs(term);
            }
          }
          result.values[at] = sum;
          result.errors[at] = roundings(channels + 9) * size;
        }
  return result;
}
