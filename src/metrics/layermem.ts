import { MemgpuError } from '../errors.js';

/** The mean in f64, summed in order. LayerMem of a layer is that of its images' SSLMem (Eq. 3). @throws BAD_OPTION on none. */
export function mean(values: ArrayLike<number>): number {
  const n = values.length;
  if (n === 0) throw new MemgpuError('BAD_OPTION', 'a mean of no values was asked for');
  let sum = 0;
  for (let i = 0; i < n; i++) sum += values[i]!;
  return sum / n;
}

/**
 * ΔLayerMem of a layer against its predecessor (Eq. 4) as the mean of per-image differences: both layers saw the same
 * images and views, so the difference is paired. @param scores,predecessor [n] SSLMem. @throws SHAPE_MISMATCH
 */
export function deltaLayerMem(scores: ArrayLike<number>, predecessor: ArrayLike<number>): number {
  return mean(subtract(scores, predecessor));
}

/** a − b, element by element. @throws SHAPE_MISMATCH */
export function subtract(a: ArrayLike<number>, b: ArrayLike<number>): Float64Array {
  if (a.length !== b.length) {
    throw new MemgpuError('SHAPE_MISMATCH', `${a.length} values cannot be paired with ${b.length}`);
  }
  const differences = new Float64Array(a.length);
  for (let i = 0; i < a.length; i++) differences[i] = a[i]! - b[i]!;
  return differences;
}
