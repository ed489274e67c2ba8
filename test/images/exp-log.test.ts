import { describe, expect, it } from 'vitest';
import { exp, log } from '../../src/images/exp-log.js';
import { viewStream } from '../../src/images/philox.js';

const draw = viewStream(0, 0, 0);

/** Distance in units of the last place of the larger exponent's predecessor: 1 ulp of `right`. */
function ulps(value: number, right: number): number {
  const ulp = 2 ** (Math.floor(Math.log2(Math.abs(right))) - 52);
  return Math.abs(value - right) / ulp;
}

// The engine's own functions are within 1 ulp of the true value; ours are too, so they differ by at most 2.
describe('exp from + − × ÷', () => {
  it('is within 2 ulp of the engine on [−700, 700]', () => {
    for (let slot = 0; slot < 20000; slot++) {
      const x = (draw(slot) * 2 - 1) * 10 ** (draw(slot + 20000) * 4 - 1.16);
      expect(ulps(exp(x), Math.exp(x)), `exp(${x})`).toBeLessThanOrEqual(2);
    }
  });

  it('is exact at 0 and 0 far below', () => {
    expect(exp(0)).toBe(1);
    expect(exp(-709)).toBe(0);
    expect(exp(-11250)).toBe(0);
  });
});

describe('log from + − × ÷', () => {
  it('is within 2 ulp of the engine, also next to 1', () => {
    for (let slot = 0; slot < 20000; slot++) {
      const spread = 10 ** (draw(slot + 40000) * 12 - 10);
      const x = Math.exp((draw(slot) * 2 - 1) * spread);
      if (x === 1) continue;
      expect(ulps(log(x), Math.log(x)), `log(${x})`).toBeLessThanOrEqual(2);
    }
  });

  it('is exact at 1 and undone by exp', () => {
    expect(log(1)).toBe(0);
    for (const x of [3 / 4, 4 / 3, 0.5, 2, 1e-3, 1e3]) expect(exp(log(x))).toBeCloseTo(x, 12);
  });
});
