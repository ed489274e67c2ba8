import { MemgpuError } from '../errors.js';
import { pcg4d } from './hash.js';
import { quantileOfSorted } from './quantile.js';

export interface Resampling {
  readonly resamples: number;
  /** u32. */
  readonly seed: number;
}

const draws = new Uint32Array(4);

/**
 * One bootstrap resample of n images, as how often each was drawn. It depends on n, seed, stream and the resample's
 * number alone: so all that is measured on the same images shares its resamples (paired), and sets with different
 * streams have independent ones.
 *
 * @param counts [n], overwritten. A byte is enough: with n > 255 one image is drawn 256 times with a chance below 1e-500.
 */
export function drawResample(counts: Uint8Array, resample: number, seed: number, stream: number): void {
  const n = counts.length;
  counts.fill(0);
  for (let i = 0; i < n; i += 4) {
    pcg4d(i >>> 2, resample, stream, seed, draws);
    const last = Math.min(4, n - i);
    for (let k = 0; k < last; k++) {
      const image = Math.floor((draws[k]! * n) / 4294967296);
      counts[image] = counts[image]! + 1;
    }
  }
}

/**
 * The means of several columns in every resample of their images. @param columns Arrays of n values, image by image.
 * @returns One array [resamples] per column. @throws SHAPE_MISMATCH if the columns are empty or differ in length.
 */
export function bootstrapMeans(columns: readonly Float64Array[], options: Resampling, stream: number): Float64Array[] {
  const n = columns[0]?.length ?? 0;
  if (n === 0 || columns.some((column) => column.length !== n)) {
    throw new MemgpuError('SHAPE_MISMATCH', 'columns to resample together need the same number of images, at least 1');
  }
  const counts = new Uint8Array(n);
  const means = columns.map(() => new Float64Array(options.resamples));
  for (let r = 0; r < options.resamples; r++) {
    drawResample(counts, r, options.seed, stream);
    for (let c = 0; c < columns.length; c++) means[c]![r] = weightedSum(columns[c]!, counts) / n;
  }
  return means;
}

function weightedSum(values: Float64Array, counts: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += counts[i]! * values[i]!;
  return sum;
}

/**
 * Percentile interval: the central `confidence` (0 … 1) of a statistic's values in the resamples.
 * @param statistics [resamples]. @throws BAD_OPTION on no values.
 */
export function percentileInterval(statistics: Float64Array, confidence: number): [low: number, high: number] {
  const sorted = statistics.slice().sort();
  const tail = (1 - confidence) / 2;
  return [quantileOfSorted(sorted, tail), quantileOfSorted(sorted, 1 - tail)];
}
