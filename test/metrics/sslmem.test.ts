import { describe, expect, test } from 'vitest';
import { mean } from '../../src/metrics/layermem.js';
import { sslMem, sslMemRatio } from '../../src/metrics/sslmem.js';
import { resnet9Expected } from './golden.js';
import { uniforms } from './random.js';

const f = uniforms(50, 1);
const g = uniforms(50, 2);

test('stored SSLMem follows from stored alignments, at every node of the golden', async () => {
  const golden = await resnet9Expected();
  const names = golden.names.filter((name) => name.startsWith('sslmem/'));
  expect(names.length).toBe(62);
  for (const name of names) {
    const [, features, node] = name.split('/');
    const [alignmentF, alignmentG] = ['f', 'g'].map((e) => golden.f32(`alignment/${features}/${e}/${node}`));
    const scores = sslMem(alignmentF!, alignmentG!, 'ratio');
    golden.f32(name).forEach((expected, i) => {
      expect(Math.abs(scores[i]! - expected)).toBeLessThan(1e-6);
    });
  }
});

describe.each(['ratio', 'difference', 'range'] as const)('%s', (score) => {
  test('is exactly 0 where f and g agree', () => {
    expect([...sslMem(f, f, score)]).toEqual(f.map(() => 0));
  });

  test('permuting images permutes scores', () => {
    const reversed = sslMem([...f].reverse(), [...g].reverse(), score);
    expect([...reversed].reverse()).toEqual([...sslMem(f, g, score)]);
  });
});

test.each(['ratio', 'difference'] as const)('swapping f and g changes the sign of %s, to the bit', (score) => {
  expect([...sslMem(g, f, score)]).toEqual([...sslMem(f, g, score)].map((x) => -x));
});

test('ratio is tanh(½ ln(A_g/A_f)), within [−1, 1]', () => {
  sslMem(f, g, 'ratio').forEach((score, i) => {
    expect(Math.abs(score)).toBeLessThanOrEqual(1);
    expect(score).toBeCloseTo(Math.tanh(0.5 * Math.log(g[i]! / f[i]!)), 13);
  });
});

test('ratio: known values', () => {
  expect(sslMemRatio(1, 3)).toBe(0.5);
  expect(sslMemRatio(1, 2)).toBe(1 / 3);
  expect(sslMemRatio(0, 0.25)).toBe(1);
  expect(sslMemRatio(0.25, 0)).toBe(-1);
  expect(sslMemRatio(0, 0)).toBe(0);
  expect(sslMemRatio(1, 1.903)).toBeCloseTo(0.311, 3);
  expect(sslMemRatio(5e-324, 1.5e-323)).toBe(0.5);
});

test('scaling both by a power of two keeps ratio to the bit and scales difference', () => {
  const scaled = [f, g].map((values) => values.map((x) => x * 8)) as [number[], number[]];
  expect(sslMem(...scaled, 'ratio')).toEqual(sslMem(f, g, 'ratio'));
  expect(sslMem(...scaled, 'difference')).toEqual(sslMem(f, g, 'difference').map((x) => 8 * x));
});

test('range: the scores span exactly 1, with order and signs of the difference', () => {
  const range = sslMem(f, g, 'range');
  const difference = sslMem(f, g, 'difference');
  expect(Math.max(...range) - Math.min(...range)).toBeCloseTo(1, 14);
  const factor = Math.max(...difference) - Math.min(...difference);
  range.forEach((score, i) => {
    expect(score).toBe(difference[i]! / factor);
  });
});

test('range: one extreme image rescales all others, one image alone scores 0', () => {
  const [calm] = sslMem([0, 0], [1, 2], 'range');
  const [shrunk] = sslMem([0, 0, 0], [1, 2, 101], 'range');
  expect(calm).toBe(1);
  expect(shrunk).toBe(0.01);
  expect([...sslMem([1], [5], 'range')]).toEqual([0]);
});

test('LayerMem is a mean of ratios, not a ratio of means', () => {
  expect(mean(sslMem([1, 1], [3, 1], 'ratio'))).toBe(0.25);
});

test('alignments of different numbers of images are refused', () => {
  expect(() => sslMem([1, 2], [1], 'ratio')).toThrow(/2 images, g of 1/);
});
