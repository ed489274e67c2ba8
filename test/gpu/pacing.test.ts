import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cut, learn, type Part } from '../../src/gpu/pacing.js';

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
const lengths = (parts: readonly Part[]): number[] => parts.map(({ start, end }) => end - start);

describe('cutting a recording', () => {
  test('what was never timed is one part, an empty recording too', () => {
    expect(cut(70, [], 250, Number.POSITIVE_INFINITY)).toEqual([{ start: 0, end: 70 }]);
    expect(cut(0, [], 250, Number.POSITIVE_INFINITY)).toEqual([{ start: 0, end: 0 }]);
  });

  test('a dispatch above the target is a part of its own', () => {
    expect(lengths(cut(5, [10, 10, 900, 10, 10], 250, Number.POSITIVE_INFINITY))).toEqual([2, 1, 2]);
  });

  test('parts follow each other without gap, and none of several dispatches is above the target', () => {
    const times = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(times, fc.integer({ min: 1, max: 10 }), (ms, most) => {
        const parts = cut(ms.length, ms, 250, most);
        expect(parts[0]!.start).toBe(0);
        expect(parts.at(-1)!.end).toBe(ms.length);
        for (const [i, { start, end }] of parts.entries()) {
          if (i > 0) expect(start).toBe(parts[i - 1]!.end);
          expect(end).toBeGreaterThan(start);
          expect(end - start).toBeLessThanOrEqual(most);
          if (end - start > 1) expect(sum(ms.slice(start, end))).toBeLessThanOrEqual(250);
        }
      }),
    );
  });
});

test('repeated runs find the one slow dispatch and leave the others together', () => {
  const real = [10, 10, 10, 10, 600, 10, 10, 10, 10, 10];
  const known: number[] = [];
  let parts = cut(real.length, known, 250, Number.POSITIVE_INFINITY);
  for (let run = 0; run < 8; run++) {
    for (const part of parts) learn(known, part, sum(real.slice(part.start, part.end)));
    parts = cut(real.length, known, 250, Number.POSITIVE_INFINITY);
  }
  expect(lengths(parts)).toEqual([4, 1, 5]);
});
