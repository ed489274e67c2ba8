import fc from 'fast-check';
import { expect, test } from 'vitest';
import { attained } from '../../bench/roofline.js';

/** 10 operations a byte is where both roofs meet. */
const ROOFS = { arithmetic: 80, memory: 8 };

test.each([
  // 2 ms at 80 GFLOP/s are 160 MFLOP, at 8 GB/s 16 MB.
  ['below where the roofs meet, memory binds', [8e6, 8e6], { gflops: 4, gbs: 4, roof: 'memory', ofRoof: 0.5 }],
  ['above, arithmetic', [8e7, 1e6], { gflops: 40, gbs: 0.5, roof: 'arithmetic', ofRoof: 0.5 }],
  ['without arithmetic, memory', [0, 16e6], { gflops: 0, gbs: 8, roof: 'memory', ofRoof: 1 }],
  ['without memory, arithmetic', [4e7, 0], { gflops: 20, gbs: 0, roof: 'arithmetic', ofRoof: 0.25 }],
] as const)('%s', (_, [flops, bytes], expected) => {
  expect(attained({ flops, bytes }, 2, ROOFS)).toEqual(expected);
});

test('the share of the roof is the least possible time over the time taken', () => {
  const positive = fc.double({ min: 1, max: 1e12, noNaN: true });
  fc.assert(
    fc.property(positive, positive, positive, positive, positive, (flops, bytes, ms, arithmetic, memory) => {
      const { roof, ofRoof } = attained({ flops, bytes }, ms, { arithmetic, memory });
      const [sums, moves] = [flops / arithmetic / 1e6, bytes / memory / 1e6];
      expect(ofRoof / (Math.max(sums, moves) / ms)).toBeCloseTo(1, 9);
      if (Math.abs(sums / moves - 1) > 1e-9) expect(roof).toBe(sums > moves ? 'arithmetic' : 'memory');
    }),
  );
});
