import { describe, expect, test } from 'vitest';
import { alignmentFromPairs, type Distance, pairCount } from '../../src/metrics/alignment.js';
import { normals } from './random.js';

const dot = (a: number[], b: number[]) => a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const unit = (a: number[]) => {
  const norm = Math.sqrt(dot(a, a));
  return norm === 0 ? a : a.map((x) => x / norm);
};

/** The textbook formulas, from the vectors themselves. */
const direct: Record<Distance, (a: number[], b: number[]) => number> = {
  l2: (a, b) => Math.hypot(...a.map((x, i) => x - b[i]!)),
  l1: (a, b) => a.reduce((sum, x, i) => sum + Math.abs(x - b[i]!), 0),
  cosine: (a, b) => 1 - dot(unit(a), unit(b)),
  angular: (a, b) => Math.acos(Math.max(-1, Math.min(1, dot(unit(a), unit(b))))) / Math.PI,
};

function pairs(views: number[][], kind: 'all' | 'clean'): [number[], number[]][] {
  if (kind === 'clean') return views.slice(1).map((view) => [views[0]!, view]);
  return views.flatMap((a, i) => views.slice(i + 1).map((b): [number[], number[]] => [a, b]));
}

function sumsOf(views: number[][], kind: 'all' | 'clean', distance: Distance): number[] {
  const scaled = distance === 'cosine' || distance === 'angular' ? views.map(unit) : views;
  const term = distance === 'l1' ? Math.abs : (x: number) => x * x;
  return pairs(scaled, kind).map(([a, b]) => a.reduce((sum, x, i) => sum + term(x - b[i]!), 0));
}

function alignment(views: number[][], kind: 'all' | 'clean', distance: Distance): number {
  const squaredNorms = views.map((view) => dot(view, view));
  return alignmentFromPairs(sumsOf(views, kind, distance), { distance, pairs: kind, squaredNorms });
}

const views = Array.from({ length: 5 }, (_, v) => normals(40, v));

describe.each(['l2', 'l1', 'cosine', 'angular'] as const)('%s', (distance) => {
  test.each(['all', 'clean'] as const)('is the mean of the textbook distance over %s pairs', (kind) => {
    const expected = pairs(views, kind).map(([a, b]) => direct[distance](a, b));
    const mean = expected.reduce((a, b) => a + b) / expected.length;
    // 40 features: each sum carries at most 40 roundings of 2⁻⁵³, the arccosine of nearly orthogonal vectors no more.
    expect(Math.abs(alignment(views, kind, distance) - mean)).toBeLessThan(1e-13 * Math.max(1, mean));
  });

  test('is 0 where all views are identical', () => {
    expect(alignment([views[0]!, views[0]!, views[0]!], 'all', distance)).toBe(0);
  });

  test('does not change with the order of views, but for rounding', () => {
    const reversed = alignment([...views].reverse(), 'all', distance);
    const forward = alignment(views, 'all', distance);
    expect(Math.abs(reversed - forward)).toBeLessThan(1e-14 * Math.max(1, forward));
  });
});

test('l2, cosine and angular do not change under a permutation of features; zero features change nothing', () => {
  const permuted = views.map((view) => [...view.slice(7), ...view.slice(0, 7), 0, 0]);
  for (const distance of ['l2', 'l1', 'cosine', 'angular'] as const) {
    expect(alignment(permuted, 'all', distance)).toBeCloseTo(alignment(views, 'all', distance), 12);
  }
});

test('for unit vectors the squared l2 distance is twice the cosine distance', () => {
  const [a, b] = [unit(views[0]!), unit(views[1]!)];
  const l2 = alignment([a, b], 'all', 'l2');
  expect(l2 * l2).toBeCloseTo(2 * alignment([a, b], 'all', 'cosine'), 13);
});

test('angular keeps its digits where views nearly agree', () => {
  const angle = 1e-6;
  const near = alignment(
    [
      [1, 0],
      [Math.cos(angle), Math.sin(angle)],
    ],
    'all',
    'angular',
  );
  expect(Math.abs(near - angle / Math.PI) / (angle / Math.PI)).toBeLessThan(1e-9);
});

test('opposite vectors are at cosine 2 and angular 1, even where the float32 sum exceeds 4', () => {
  const options = { pairs: 'all', squaredNorms: [1, 1] } as const;
  expect(alignmentFromPairs([4], { ...options, distance: 'cosine' })).toBe(2);
  expect(alignmentFromPairs([4.000001], { ...options, distance: 'angular' })).toBe(1);
});

test('two zero vectors agree; a zero vector is orthogonal to all others', () => {
  const zero = [0, 0];
  expect(alignment([zero, zero], 'all', 'cosine')).toBe(0);
  expect(alignment([zero, zero], 'clean', 'angular')).toBe(0);
  expect(alignment([zero, [3, 4]], 'all', 'cosine')).toBe(1);
  expect(alignment([zero, [3, 4]], 'clean', 'angular')).toBe(0.5);
  expect(alignment([[3, 4], zero, [3, 4]], 'all', 'cosine')).toBeCloseTo(2 / 3, 15);
});

test('V views have V(V − 1)/2 pairs, or V with the clean image', () => {
  expect(pairCount(10, 'all')).toBe(45);
  expect(pairCount(10, 'clean')).toBe(10);
});

test('no pairs, and norms that do not belong to the sums, are refused', () => {
  expect(() => alignmentFromPairs([], { distance: 'l2', pairs: 'all' })).toThrow(/at least one pair/);
  expect(() => alignmentFromPairs([1], { distance: 'cosine', pairs: 'all' })).toThrow(/0 squared norms/);
  expect(() => alignmentFromPairs([1, 1], { distance: 'cosine', pairs: 'all', squaredNorms: [1, 1] })).toThrow(
    /2 pair sums came with 2 squared norms/,
  );
});
