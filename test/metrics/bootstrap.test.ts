import { describe, expect, test } from 'vitest';
import { bootstrapMeans, drawResample, percentileInterval } from '../../src/metrics/bootstrap.js';
import { mean } from '../../src/metrics/layermem.js';
import { normals } from './random.js';

const options = { resamples: 2000, seed: 5 };

const variance = (values: ArrayLike<number>) => {
  const center = mean(values);
  return mean(Array.from(values, (x) => (x - center) ** 2));
};

describe('a resample', () => {
  const n = 101;
  const totals = new Float64Array(n);
  const counts = new Uint8Array(n);
  let sizes = 0;
  for (let r = 0; r < options.resamples; r++) {
    drawResample(counts, r, options.seed, 0);
    counts.forEach((count, i) => {
      totals[i] = totals[i]! + count;
    });
    if (counts.reduce((a, b) => a + b, 0) === n) sizes++;
  }

  test('draws as many images as there are', () => {
    expect(sizes).toBe(options.resamples);
  });

  test('draws every image equally often', () => {
    // Each total is binomial (R·n draws at 1/n); 6 standard deviations hold for all 101 at a chance below 1e-6.
    const bound = 6 * Math.sqrt(options.resamples * (1 - 1 / n));
    totals.forEach((total) => {
      expect(Math.abs(total - options.resamples)).toBeLessThan(bound);
    });
  });

  test('depends on its number, the seed and the stream alone', () => {
    const draw = (...args: [number, number, number]) => {
      drawResample(counts, ...args);
      return counts.join();
    };
    const first = draw(3, 5, 0);
    expect([draw(4, 5, 0), draw(3, 6, 0), draw(3, 5, 1)]).not.toContain(first);
    expect(draw(3, 5, 0)).toBe(first);
  });

  test('has known values, so that a report can be made again', () => {
    // Computed with Python's integers: image ⌊u·n/2³²⌋ for the 32-bit numbers of pcg4d(⌊i/4⌋, resample, stream, seed).
    const ten = new Uint8Array(10);
    drawResample(ten, 7, 2024, 2);
    expect([...ten]).toEqual([1, 0, 1, 1, 1, 1, 1, 1, 1, 2]);
  });

  test('of one image is that image', () => {
    const single = new Uint8Array(1);
    drawResample(single, 0, 0, 0);
    expect(single[0]).toBe(1);
  });
});

test('means are those of the images drawn', () => {
  const column = Float64Array.from(normals(23, 1));
  const [means] = bootstrapMeans([column], { resamples: 50, seed: 9 }, 2);
  const counts = new Uint8Array(23);
  means!.forEach((found, r) => {
    drawResample(counts, r, 9, 2);
    const drawn = [...column].flatMap((x, i) => Array.from({ length: counts[i]! }, () => x));
    expect(found).toBeCloseTo(mean(drawn), 13);
  });
});

test('means of resamples scatter around the mean with variance s²/n', () => {
  const column = Float64Array.from(normals(300, 2));
  const [means] = bootstrapMeans([column], options, 0);
  const expected = variance(column) / 300;
  // A sample variance of R nearly normal values has relative standard error √(2/R); the mean has √(s²/n/R). 5 of each.
  expect(Math.abs(variance(means!) / expected - 1)).toBeLessThan(5 * Math.sqrt(2 / options.resamples));
  expect(Math.abs(mean(means!) - mean(column))).toBeLessThan(5 * Math.sqrt(expected / options.resamples));
});

test('columns resampled together are those resampled alone, and paired', () => {
  const a = Float64Array.from(normals(64, 3));
  const shifted = a.map((x) => x + 1);
  const [meansA, meansShifted] = bootstrapMeans([a, shifted], options, 1);
  expect(bootstrapMeans([shifted], options, 1)[0]).toEqual(meansShifted);
  meansA!.forEach((found, r) => {
    expect(meansShifted![r]! - found).toBeCloseTo(1, 12);
  });
});

test('streams are uncorrelated', () => {
  const column = Float64Array.from(normals(64, 4));
  const [a] = bootstrapMeans([column], options, 0);
  const [b] = bootstrapMeans([column], options, 1);
  const [meanA, meanB] = [mean(a!), mean(b!)];
  const covariance = mean(a!.map((x, r) => (x - meanA) * (b![r]! - meanB)));
  const correlation = covariance / Math.sqrt(variance(a!) * variance(b!));
  expect(Math.abs(correlation)).toBeLessThan(5 / Math.sqrt(options.resamples));
});

test('a percentile interval leaves half of the rest on each side, and its input as it was', () => {
  const statistics = Float64Array.from({ length: 101 }, (_, i) => 100 - i);
  expect(percentileInterval(statistics, 0.9)[0]).toBeCloseTo(5, 12);
  expect(percentileInterval(statistics, 0.9)[1]).toBeCloseTo(95, 12);
  expect(statistics[0]).toBe(100);
});

test('columns of different lengths are refused', () => {
  expect(() => bootstrapMeans([new Float64Array(2), new Float64Array(3)], options, 0)).toThrow(/same number of images/);
  expect(() => bootstrapMeans([new Float64Array(0)], options, 0)).toThrow(/at least 1/);
});
