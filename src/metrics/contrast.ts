import { MemgpuError } from '../errors.js';
import { drawResample, type Resampling } from './bootstrap.js';

/**
 * Area under the ROC curve of two samples: the chance that a value of `a` exceeds one of `b`, ties counting ½
 * (Mann–Whitney U/(n_a·n_b)). Exact in f64 for up to 2⁵² pairs. @throws BAD_OPTION if a sample is empty.
 */
export function auc(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return aucOfCounts(mergeByValue(a, b), new Uint8Array(a.length + b.length).fill(1), a.length * b.length);
}

/**
 * The AUC of several pairs of columns in every resample; set a and set b are resampled independently of each other, by
 * the same draws as `bootstrapMeans` makes for these streams.
 *
 * @param a,b Columns of n_a and n_b values; column c of a against column c of b.
 * @returns One array [resamples] per column. Takes O(n_a + n_b) a resample and column.
 * @throws SHAPE_MISMATCH if columns differ in length or number; BAD_OPTION if a set is empty.
 */
export function bootstrapAuc(
  a: readonly Float64Array[],
  b: readonly Float64Array[],
  options: Resampling,
  streams: readonly [a: number, b: number],
): Float64Array[] {
  const nA = a[0]?.length ?? 0;
  const nB = b[0]?.length ?? 0;
  if (a.length !== b.length || a.some((x) => x.length !== nA) || b.some((x) => x.length !== nB)) {
    throw new MemgpuError('SHAPE_MISMATCH', 'columns to compare need one length per set and the same number in both');
  }
  const merged = a.map((column, c) => mergeByValue(column, b[c]!));
  const counts = new Uint8Array(nA + nB);
  const countsA = counts.subarray(0, nA);
  const countsB = counts.subarray(nA);
  const areas = a.map(() => new Float64Array(options.resamples));
  for (let r = 0; r < options.resamples; r++) {
    drawResample(countsA, r, options.seed, streams[0]);
    drawResample(countsB, r, options.seed, streams[1]);
    for (let c = 0; c < merged.length; c++) areas[c]![r] = aucOfCounts(merged[c]!, counts, nA * nB);
  }
  return areas;
}

/** Both samples in ascending order, as positions in a followed by b; runs of equal values end at `ends`. */
interface Merged {
  readonly order: Uint32Array;
  readonly ends: Uint32Array;
  readonly sizeA: number;
}

function mergeByValue(a: ArrayLike<number>, b: ArrayLike<number>): Merged {
  if (a.length === 0 || b.length === 0) throw new MemgpuError('BAD_OPTION', 'an AUC needs two samples with values');
  const values = new Float64Array(a.length + b.length);
  values.set(a);
  values.set(b, a.length);
  const order = Uint32Array.from(values, (_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const ends: number[] = [];
  for (let k = 1; k <= order.length; k++) {
    if (k === order.length || values[order[k]!] !== values[order[k - 1]!]) ends.push(k);
  }
  return { order, ends: Uint32Array.from(ends), sizeA: a.length };
}

function aucOfCounts(merged: Merged, counts: Uint8Array, pairs: number): number {
  const { order, ends, sizeA } = merged;
  let won = 0;
  let below = 0;
  let k = 0;
  for (let run = 0; run < ends.length; run++) {
    const end = ends[run]!;
    let fromA = 0;
    let fromB = 0;
    for (; k < end; k++) {
      const i = order[k]!;
      if (i < sizeA) fromA += counts[i]!;
      else fromB += counts[i]!;
    }
    won += fromA * (below + fromB / 2);
    below += fromB;
  }
  return won / pairs;
}
