import { expect, test } from 'vitest';
import { erf, erfc, gelu } from './erf.js';

/** Values of SciPy, `scipy.special.erf` and `erfc`. */
test.each([
  [0.1, 0.1124629160182849, 0.8875370839817152],
  [0.5, 0.5204998778130465, 0.4795001221869535],
  [1, 0.8427007929497148, 0.15729920705028516],
  [1.5, 0.9661051464753108, 0.03389485352468927],
  [2, 0.9953222650189527, 0.004677734981047266],
  [3, 0.9999779095030014, 2.2090496998585445e-5],
  [5, 0.9999999999984626, 1.5374597944280347e-12],
])('erf and erfc of %d', (x, value, rest) => {
  expect(Math.abs(erf(x) - value)).toBeLessThan(1e-15);
  expect(Math.abs(erf(-x) + value)).toBeLessThan(1e-15);
  expect(Math.abs(erfc(x) - rest)).toBeLessThan(2e-14 * Math.max(rest, x < 2 ? 0.01 : 0));
});

test('both forms meet where one gives way to the other', () => {
  expect(Math.abs(erf(2 - 1e-15) - erf(2))).toBeLessThan(1e-15);
});

test('the tails of GELU', () => {
  expect(gelu(0)).toBe(0);
  expect(gelu(40)).toBe(40);
  // x/2 · erfc(−x/√2) at −5: −2.5 · 5.733031437583869e-7
  expect(Math.abs(gelu(-5) / -1.4332578593959725e-6 - 1)).toBeLessThan(1e-13);
});
