import { MemgpuError } from '../errors.js';

/**
 * How two alignments become a score; positive: f, which saw the image, aligns its views better than g.
 * `ratio` (A_g − A_f)/(A_g + A_f) · `difference` A_g − A_f · `range`: the difference divided by max − min over the set.
 */
export type Score = 'ratio' | 'difference' | 'range';

/**
 * (A_g − A_f)/(A_g + A_f), Eq. 2 of Wang et al., NeurIPS 2024; in [−1, 1]. 0 where both are 0. Neither clamped nor
 * with an epsilon: so it keeps its value when both alignments are scaled and only its sign when f and g are swapped.
 */
export function sslMemRatio(alignmentF: number, alignmentG: number): number {
  const sum = alignmentG + alignmentF;
  return sum === 0 ? 0 : (alignmentG - alignmentF) / sum;
}

/**
 * SSLMem of each image of a set at one layer. @param alignmentF,alignmentG [n] of the same images and views.
 * @returns [n]. `range` depends on the whole set, and is 0 where all differences are equal.
 * @throws SHAPE_MISMATCH
 */
export function sslMem(alignmentF: ArrayLike<number>, alignmentG: ArrayLike<number>, score: Score): Float64Array {
  const n = alignmentF.length;
  if (alignmentG.length !== n) {
    throw new MemgpuError('SHAPE_MISMATCH', `f has alignments of ${n} images, g of ${alignmentG.length}`);
  }
  const scores = new Float64Array(n);
  if (score === 'ratio') {
    for (let i = 0; i < n; i++) scores[i] = sslMemRatio(alignmentF[i]!, alignmentG[i]!);
    return scores;
  }
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < n; i++) {
    const difference = alignmentG[i]! - alignmentF[i]!;
    scores[i] = difference;
    low = Math.min(low, difference);
    high = Math.max(high, difference);
  }
  if (score === 'range') {
    const range = high - low;
    for (let i = 0; i < n; i++) scores[i] = range === 0 ? 0 : scores[i]! / range;
  }
  return scores;
}
