/** Pooling and shortcuts by their definitions. Maps are [views][height][width][channels]. */
import { type Bounded, bounded, DIVISION, roundings } from './bounded.js';

interface PooledMap {
  readonly views: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** The largest value of every window; or the sum divided by kernel², padding counted as zeros. */
export function pooled(map: PooledMap, mode: 'max' | 'avg', input: ArrayLike<number>): Bounded {
  const { views, height, width, channels, kernel, stride, padding } = map;
  const rows = Math.floor((height + 2 * padding - kernel) / stride) + 1;
  const columns = Math.floor((width + 2 * padding - kernel) / stride) + 1;
  const result = bounded(views * rows * columns * channels);
  let at = 0;
  for (let view = 0; view < views; view++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let c = 0; c < channels; c++, at++) {
          const window: number[] = [];
          for (let ky = 0; ky < kernel; ky++)
            for (let kx = 0; kx < kernel; kx++) {
              const [row, column] = [y * stride + ky - padding, x * stride + kx - padding];
              if (row < 0 || column < 0 || row >= height || column >= width) continue;
              window.push(input[((view * height + row) * width + column) * channels + c]!);
            }
          if (mode === 'max') result.values[at] = Math.max(...window);
          else [result.values[at], result.errors[at]] = mean(window, kernel * kernel);
        }
  return result;
}

/** Mean over the positions from `first` on: [views][channels]. */
export function meanOverPositions(
  { views, positions, channels }: { readonly views: number; readonly positions: number; readonly channels: number },
  first: number,
  input: ArrayLike<number>,
): Bounded {
  const result = bounded(views * channels);
  for (let i = 0; i < views * channels; i++) {
    const view = Math.floor(i / channels);
    const column = Array.from(
      { length: positions - first },
      (_, p) => input[(view * positions + first + p) * channels + (i % channels)]!,
    );
    [result.values[i], result.errors[i]] = mean(column, positions - first);
  }
  return result;
}

/** Every `stride`-th position, with half of the new channels, rounded down, before the old ones. */
export function shortcut(
  { views, height, width, channels, out, stride }: Omit<PooledMap, 'kernel' | 'padding'> & { readonly out: number },
  input: ArrayLike<number>,
): Bounded {
  const [rows, columns] = [Math.ceil(height / stride), Math.ceil(width / stride)];
  const before = Math.floor((out - channels) / 2);
  const result = bounded(views * rows * columns * out);
  for (let view = 0; view < views; view++)
    for (let y = 0; y < rows; y++)
      for (let x = 0; x < columns; x++)
        for (let c = 0; c < channels; c++)
          result.values[((view * rows + y) * columns + x) * out + before + c] =
            input[((view * height + y * stride) * width + x * stride) * channels + c]!;
  return result;
}

/** The sum of the terms, divided by `by`. */
export function mean(terms: readonly number[], by: number): [value: number, error: number] {
  const sum = terms.reduce((a, b) => a + b, 0);
  const size = terms.reduce((a, b) => a + Math.abs(b), 0);
  return [sum / by, ((roundings(terms.length) + DIVISION) * size) / by];
}
