import { expect, test } from 'vitest';
import { quantileOfSorted, quantiles } from '../../src/metrics/quantile.js';
import statistics from '../golden/statistics/statistics.json' with { type: 'json' };

test('quantiles are those of NumPy', () => {
  expect(statistics.quantile.length).toBe(7);
  for (const { x, q, value } of statistics.quantile) {
    expect(Math.abs(quantiles(x, [q])[0]! - value)).toBeLessThan(2e-15 * Math.max(1, Math.abs(value)));
  }
});

test('values stay as they were, in any order', () => {
  const values = Float64Array.of(3, 1, 2);
  expect(quantiles(values, [0, 0.25, 0.5, 1])).toEqual([1, 1.5, 2, 3]);
  expect([...values]).toEqual([3, 1, 2]);
});

test('one value is every quantile', () => {
  expect(quantiles([7], [0, 0.3, 1])).toEqual([7, 7, 7]);
});

test('no values and a q outside [0, 1] are refused', () => {
  expect(() => quantileOfSorted([], 0.5)).toThrow(/no values/);
  expect(() => quantileOfSorted([1], 1.1)).toThrow(/outside/);
  expect(() => quantileOfSorted([1], Number.NaN)).toThrow(/outside/);
});
