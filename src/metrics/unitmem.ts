import { MemgpuError } from '../errors.js';
import { mean } from './layermem.js';
import { quantileOfSorted, quantiles } from './quantile.js';

/** What a unit's largest mean is compared with: the mean (Eq. 7) or the median of the other images' means. */
export type UnitRest = 'mean' | 'median';

/** Per unit, all [units]. */
export interface UnitMem {
  /** (M − R)/(M + R), Eq. 8. */
  readonly unitmem: Float64Array;
  /** The image with the largest mean M, the lowest position on ties; and M. */
  readonly argmax: Int32Array;
  readonly max: Float64Array;
  /** The next image and its mean: how exclusive the winner is. */
  readonly runnerUp: Int32Array;
  readonly runnerUpMean: Float64Array;
  /** Of the unit's means over all images. */
  readonly sign: readonly UnitSign[];
}

/** `dead`: all means are 0. `mixed`: both signs. `negative`: none above 0, some below. */
export type UnitSign = 'positive' | 'dead' | 'mixed' | 'negative';

/**
 * UnitMem of a layer's units over a set of images (Eq. 5–8 of Wang et al., NeurIPS 2024): how far the image that a unit
 * answers to most stands out from the rest.
 *
 * In [0, 1] where the means are ≥ 0 (after ReLU). With both signs it may leave that range and is ill-conditioned; never
 * clamped; 0 where M + R is 0: a dead unit, or both signs that cancel exactly, which have no value.
 *
 * @param mu [n, units], row-major: unit means per image. R is summed over the others without M, which keeps its digits.
 * @throws SHAPE_MISMATCH; BAD_OPTION on fewer than 2 images.
 */
export function unitMem(mu: Float32Array | Float64Array, units: number, rest: UnitRest = 'mean'): UnitMem {
  const n = units === 0 ? 0 : mu.length / units;
  if (!Number.isInteger(n)) {
    throw new MemgpuError('SHAPE_MISMATCH', `${mu.length} unit means are not a whole number of rows of ${units} units`);
  }
  if (n < 2) {
    throw new MemgpuError('BAD_OPTION', `UnitMem compares images with each other: ${n} given, 2 needed`, {
      hint: 'Give more images.',
    });
  }
  const winners = rankTopTwo(mu, n, units);
  const others = rest === 'mean' ? restMeans(mu, n, units, winners.argmax) : restMedians(mu, n, units, winners.argmax);
  const unitmem = new Float64Array(units);
  for (let u = 0; u < units; u++) {
    const sum = winners.max[u]! + others[u]!;
    unitmem[u] = sum === 0 ? 0 : (winners.max[u]! - others[u]!) / sum;
  }
  return { unitmem, ...winners };
}

function rankTopTwo(mu: Float32Array | Float64Array, n: number, units: number): Omit<UnitMem, 'unitmem'> {
  const argmax = new Int32Array(units);
  const runnerUp = new Int32Array(units);
  const max = new Float64Array(units).fill(Number.NEGATIVE_INFINITY);
  const runnerUpMean = new Float64Array(units).fill(Number.NEGATIVE_INFINITY);
  const min = new Float64Array(units).fill(Number.POSITIVE_INFINITY);
  for (let i = 0; i < n; i++) {
    for (let u = 0; u < units; u++) {
      const value = mu[i * units + u]!;
      if (value > max[u]!) {
        runnerUp[u] = argmax[u]!;
        runnerUpMean[u] = max[u]!;
        argmax[u] = i;
        max[u] = value;
      } else if (value > runnerUpMean[u]!) {
        runnerUp[u] = i;
        runnerUpMean[u] = value;
      }
      if (value < min[u]!) min[u] = value;
    }
  }
  const sign = Array.from(max, (high, u) => signOf(min[u]!, high));
  return { argmax, max, runnerUp, runnerUpMean, sign };
}

function signOf(low: number, high: number): UnitSign {
  if (low < 0) return high > 0 ? 'mixed' : 'negative';
  return high === 0 ? 'dead' : 'positive';
}

function restMeans(mu: Float32Array | Float64Array, n: number, units: number, argmax: Int32Array): Float64Array {
  const sums = new Float64Array(units);
  for (let i = 0; i < n; i++) {
    for (let u = 0; u < units; u++) {
      if (argmax[u] !== i) sums[u] = sums[u]! + mu[i * units + u]!;
    }
  }
  return sums.map((sum) => sum / (n - 1));
}

function restMedians(mu: Float32Array | Float64Array, n: number, units: number, argmax: Int32Array): Float64Array {
  const others = new Float64Array(n - 1);
  return Float64Array.from(argmax, (winner, u) => {
    for (let i = 0, k = 0; i < n; i++) {
      if (i !== winner) others[k++] = mu[i * units + u]!;
    }
    return quantileOfSorted(others.sort(), 0.5);
  });
}

/** At these the quantiles of a layer's UnitMem are reported. */
export const UNITMEM_QUANTILES = [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1] as const;

/** A layer's UnitMem in a few numbers. @param unitmem [units], at least 1. */
export function summarizeUnits(unitmem: Float64Array): { mean: number; median: number; quantiles: number[] } {
  const values = quantiles(unitmem, UNITMEM_QUANTILES);
  return { mean: mean(unitmem), median: values[UNITMEM_QUANTILES.indexOf(0.5)]!, quantiles: values };
}
