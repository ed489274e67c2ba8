import { expect, test } from 'vitest';
import { fromHalves, toHalves } from '../src/half.js';

/** IEEE 754 binary16 by its definition, in float64. */
function value(bits: number): number {
  const [sign, exponent, fraction] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24);
}

const halves = Uint16Array.from({ length: 65_536 }, (_, bits) => bits);

test('every half is read as the number that it is', () => {
  expect(fromHalves(halves)).toEqual(Float32Array.from(halves, value));
});

test('every half comes back as it was; a NaN comes back as a quiet one of its sign', () => {
  const quiet = halves.map((bits) => (Number.isNaN(value(bits)) ? (bits & 0x8000) | 0x7e00 : bits));
  expect(toHalves(fromHalves(halves))).toEqual(quiet);
});

test('a float becomes the nearest half, and from the middle of two the one whose last bit is 0', () => {
  // Beyond the largest half the next would be 2^16: its place is infinity's.
  const above = (bits: number) => (bits === 0x7bff ? 2 ** 16 : value(bits + 1));
  const finite = halves.subarray(0, 0x7c00);
  const middles = Float32Array.from(finite, (low) => (value(low) + above(low)) / 2);
  const beside = (by: number) => new Float32Array(new Uint32Array(middles.buffer).map((word) => word + by).buffer);
  const wanted = (round: (low: number) => number) => finite.map(round);
  for (const [floats, round] of [
    [beside(-1), (low: number) => low],
    [middles, (low: number) => low + (low & 1)],
    [beside(1), (low: number) => low + 1],
  ] as const) {
    expect(toHalves(floats)).toEqual(wanted(round));
    expect(toHalves(floats.map((x) => -x))).toEqual(wanted((low) => round(low) | 0x8000));
  }
});

test('what float32 alone can hold becomes 0 or infinity', () => {
  const floats = Float32Array.of(2 ** -149, -(2 ** -126), 2 ** -26, 65_536, -1e30, 3.4e38);
  expect([...toHalves(floats)]).toEqual([0, 0x8000, 0, 0x7c00, 0xfc00, 0x7c00]);
});
