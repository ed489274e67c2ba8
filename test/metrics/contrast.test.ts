import { expect, test } from 'vitest';
import { drawResample } from '../../src/metrics/bootstrap.js';
import { auc, bootstrapAuc } from '../../src/metrics/contrast.js';
import statistics from '../golden/statistics/statistics.json' with { type: 'json' };
import { normals } from './random.js';

/** Every pair, looked at. */
function pairwise(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let won = 0;
  for (const x of Array.from(a)) for (const y of Array.from(b)) won += x > y ? 1 : x === y ? 0.5 : 0;
  return won / (a.length * b.length);
}

const rounded = (n: number, stream: number, shift = 0) =>
  Float64Array.from(normals(n, stream), (x) => Math.round(4 * (x + shift)) / 4);

test('AUC is that of SciPy, with ties', () => {
  expect(statistics.auc.length).toBe(2);
  for (const { pos, neg, auc: expected } of statistics.auc) expect(auc(pos, neg)).toBeCloseTo(expected, 14);
});

test('AUC counts pairs exactly', () => {
  expect(auc(rounded(33, 1), rounded(21, 2))).toBe(pairwise(rounded(33, 1), rounded(21, 2)));
  expect(auc([1], [0])).toBe(1);
  expect(auc([0], [1])).toBe(0);
  expect(auc([-0], [0])).toBe(0.5);
});

test('AUC of b against a is the rest to 1; an increasing map changes nothing', () => {
  const [a, b] = [rounded(40, 3, 0.5), rounded(25, 4)];
  expect(auc(a, b) + auc(b, a)).toBeCloseTo(1, 15);
  expect(auc(a.map(Math.exp), b.map(Math.exp))).toBe(auc(a, b));
});

test('AUC of a resample is that of the images drawn', () => {
  const a = [rounded(17, 5, 0.5), rounded(17, 6)];
  const b = [rounded(11, 7), rounded(11, 8)];
  const found = bootstrapAuc(a, b, { resamples: 30, seed: 4 }, [0, 3]);
  const countsA = new Uint8Array(17);
  const countsB = new Uint8Array(11);
  const drawn = (values: Float64Array, counts: Uint8Array) =>
    [...values].flatMap((x, i) => Array.from({ length: counts[i]! }, () => x));
  for (let r = 0; r < 30; r++) {
    drawResample(countsA, r, 4, 0);
    drawResample(countsB, r, 4, 3);
    for (const c of [0, 1]) expect(found[c]![r]).toBe(pairwise(drawn(a[c]!, countsA), drawn(b[c]!, countsB)));
  }
});

test('empty samples and columns that do not match are refused', () => {
  expect(() => auc([], [1])).toThrow(/two samples/);
  const options = { resamples: 2, seed: 0 };
  expect(() => bootstrapAuc([rounded(3, 1)], [], options, [0, 1])).toThrow(/same number in both/);
  expect(() => bootstrapAuc([rounded(3, 1), rounded(4, 1)], [rounded(3, 2), rounded(3, 2)], options, [0, 1])).toThrow(
    /one length per set/,
  );
});
