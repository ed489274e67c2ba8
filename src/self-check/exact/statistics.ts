/** What is measured of a tap, by the definitions. A tap is [images · rows][positions][channels]. */
import { type Bounded, bounded, INVERSE_ROOT, rounded, roundings } from './bounded.js';
import { mean } from './maps.js';

/** Sums of `parts` terms each that lie `apart`, one for every place: [blocks][apart]. */
export function sums(input: ArrayLike<number>, parts: number, apart: number): Bounded {
  const result = bounded(input.length / parts);
  result.values.forEach((_, i) => {
    const first = Math.floor(i / apart) * parts * apart + (i % apart);
    for (let part = 0; part < parts; part++) {
      result.values[i]! += input[first + part * apart]!;
      result.errors[i]! += roundings(parts) * Math.abs(input[first + part * apart]!);
    }
  });
  return result;
}

/** The same divided by `by`, over the parts from `first` on. */
export function means(input: ArrayLike<number>, parts: number, apart: number, first: number, by: number): Bounded {
  const result = bounded(input.length / parts);
  result.values.forEach((_, i) => {
    const at = Math.floor(i / apart) * parts * apart + (i % apart);
    const terms = Array.from({ length: parts - first }, (_, part) => input[at + (first + part) * apart]!);
    [result.values[i], result.errors[i]] = mean(terms, by);
  });
  return result;
}

export interface MomentsShape {
  readonly views: number;
  /** Of the positions that a view has, `positions` from `offset` on are read, in `slices`. */
  readonly stored: number;
  readonly offset: number;
  readonly positions: number;
  readonly slices: number;
  readonly channels: number;
}

/**
 * Sums [views][slices][channels]; and [views][slices][groups of four channels] of (sum of squares, 1 where one of them is not
 * finite). Sums with such a value may be anything.
 */
export function moments(shape: MomentsShape, input: ArrayLike<number>): { sums: Bounded; squares: Bounded } {
  const { views, stored, offset, positions, slices, channels } = shape;
  const groups = Math.ceil(channels / 4);
  const slice = Math.ceil(positions / slices);
  const added = bounded(views * slices * channels);
  const squares = bounded(views * slices * groups * 2);
  for (let view = 0; view < views; view++)
    for (let p = 0; p < positions; p++)
      for (let c = 0; c < channels; c++) {
        const value = input[(view * stored + offset + p) * channels + c]!;
        const part = view * slices + Math.floor(p / slice);
        const [sum, square] = [part * channels + c, (part * groups + Math.floor(c / 4)) * 2];
        if (!Number.isFinite(value)) {
          squares.values[square + 1] = 1;
          added.errors[sum] = Number.POSITIVE_INFINITY;
          squares.errors[square] = Number.POSITIVE_INFINITY;
          continue;
        }
        added.values[sum]! += value;
        added.errors[sum]! += roundings(slice) * Math.abs(value);
        squares.values[square]! += value ** 2;
        squares.errors[square]! += roundings(4 * slice + 1) * value ** 2;
      }
  return { sums: added, squares };
}

/** Which features of a view are compared: `length` from `first` on of every `stored`. */
export interface FeatureRange {
  readonly stored: number;
  readonly first: number;
  readonly length: number;
}

/** Squared ℓ2 distance (or with `l1` the ℓ1 distance) of two views, each multiplied by its scale; partial sums over `slice` features. */
export function distanceParts(
  input: ArrayLike<number>,
  { stored, first, length }: FeatureRange,
  [one, other]: readonly [one: number, other: number],
  squares: ArrayLike<number> | null,
  l1: boolean,
  slice: number,
): Bounded {
  const result = bounded(Math.ceil(length / slice));
  const scaleOf = (view: number) => (squares ? 1 / Math.sqrt(squares[view]!) : 1);
  const [scaleOne, scaleOther] = [scaleOf(one), scaleOf(other)];
  const ofScale = squares ? INVERSE_ROOT + roundings(1) : 0;
  for (let e = first; e < first + length; e++) {
    const a = input[one * stored + e]! * scaleOne;
    const b = input[other * stored + e]! * scaleOther;
    const difference = a - b;
    const error = rounded(difference, ofScale * (Math.abs(a) + Math.abs(b)));
    const at = Math.floor((e - first) / slice);
    const size = Math.abs(difference) + error;
    result.values[at]! += l1 ? Math.abs(difference) : difference ** 2;
    result.errors[at]! += l1 ? error + roundings(slice) * size : 2 * size * error + roundings(slice + 1) * size ** 2;
  }
  return result;
}
