import { MemgpuError } from '../errors.js';

/**
 * The q-quantile of ascending values by linear interpolation between order statistics, h = q(n − 1) (type 7 of
 * Hyndman and Fan 1996; the default of NumPy and R). @throws BAD_OPTION on no values or q outside [0, 1].
 */
export function quantileOfSorted(sorted: ArrayLike<number>, q: number): number {
  const n = sorted.length;
  if (n === 0) throw new MemgpuError('BAD_OPTION', 'a quantile of no values was asked for');
  if (!(q >= 0 && q <= 1)) throw new MemgpuError('BAD_OPTION', `quantile ${q} is outside [0, 1]`);
  const h = q * (n - 1);
  const below = Math.floor(h);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, n - 1)]!;
  return low + (h - below) * (high - low);
}

/** The quantiles of values in any order; the values stay as they are. */
export function quantiles(values: ArrayLike<number>, qs: readonly number[]): number[] {
  const sorted = Float64Array.from(values).sort();
  return qs.map((q) => quantileOfSorted(sorted, q));
}
