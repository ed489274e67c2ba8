import { MemgpuError } from '../errors.js';

/** ℓ2 ‖a − b‖, ℓ1 Σ|a − b|, cosine 1 − cos(a, b), angular arccos(cos(a, b))/π. */
export type Distance = 'l2' | 'l1' | 'cosine' | 'angular';

/** `all`: every pair of views (the paper's definition, as a U-statistic); `clean`: the clean image against each view. */
export type Pairs = 'all' | 'clean';

/**
 * How many pairs an image has. @param views Augmented views; the clean image of `clean` pairs is not counted.
 */
export function pairCount(views: number, pairs: Pairs): number {
  return pairs === 'all' ? (views * (views - 1)) / 2 : views;
}

export interface AlignmentOptions {
  readonly distance: Distance;
  readonly pairs: Pairs;
  /**
   * Squared ℓ2 norms of the unscaled features: of the V views for `all`; of the clean image, then the V views, for
   * `clean`. Needed by cosine and angular, where a zero vector has no direction; a norm of 0 says which ones they are.
   */
  readonly squaredNorms?: ArrayLike<number>;
}

/**
 * Alignment loss of an encoder on one image at one layer: the mean distance over pairs of views (Eq. 1 of Wang et al.,
 * NeurIPS 2024, estimated from V views), in f64.
 *
 * @param sums One sum over features per pair: of (a − b)², or of |a − b| for l1. Pairs (0,1), (0,2) … (0,V−1), (1,2) …
 *   for `all`; (clean, 0) … (clean, V−1) for `clean`. For cosine and angular the features have been scaled to unit ℓ2
 *   norm, a zero vector staying zero: then S = 2(1 − cos), so cosine = S/2 and angular = 2·asin(√S/2)/π, which keep
 *   their digits where two views nearly agree.
 *
 * Zero vectors under cosine and angular: two have distance 0; one against a vector with a direction counts as
 * orthogonal to it (cosine 1, angular ½).
 * @throws SHAPE_MISMATCH if there is no pair or the norms do not belong to the sums.
 */
export function alignmentFromPairs(sums: ArrayLike<number>, options: AlignmentOptions): number {
  const { distance, pairs, squaredNorms } = options;
  const count = sums.length;
  if (count === 0) {
    throw new MemgpuError('SHAPE_MISMATCH', 'an alignment needs at least one pair of views', {
      hint: 'Use 2 views or more, or pairs "clean".',
    });
  }
  let total = 0;
  if (distance === 'l2') {
    for (let p = 0; p < count; p++) total += Math.sqrt(sums[p]!);
  } else if (distance === 'l1') {
    for (let p = 0; p < count; p++) total += sums[p]!;
  } else {
    const of = distance === 'cosine' ? cosine : angular;
    const orthogonal = distance === 'cosine' ? 1 : 0.5;
    const norms = checkedNorms(squaredNorms, count, pairs);
    const lastFirst = pairs === 'all' ? norms.length - 1 : 1;
    let p = 0;
    for (let i = 0; i < lastFirst; i++) {
      for (let j = i + 1; j < norms.length; j++, p++) {
        const zeros = (norms[i] === 0 ? 1 : 0) + (norms[j] === 0 ? 1 : 0);
        total += zeros === 0 ? of(sums[p]!) : zeros === 1 ? orthogonal : 0;
      }
    }
  }
  return total / count;
}

function cosine(sum: number): number {
  return sum / 2;
}

function angular(sum: number): number {
  return (2 * Math.asin(Math.min(1, Math.sqrt(sum) / 2))) / Math.PI;
}

function checkedNorms(norms: ArrayLike<number> | undefined, sums: number, pairs: Pairs): ArrayLike<number> {
  const vectors = norms?.length ?? 0;
  const expected = pairs === 'all' ? pairCount(vectors, 'all') : vectors - 1;
  if (norms === undefined || expected !== sums) {
    throw new MemgpuError('SHAPE_MISMATCH', `${sums} pair sums came with ${vectors} squared norms (pairs "${pairs}")`);
  }
  return norms;
}
