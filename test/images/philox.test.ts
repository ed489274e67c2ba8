import { describe, expect, it } from 'vitest';
import { type PhiloxCounter, type PhiloxKey, philox4x32, viewStream } from '../../src/images/philox.js';

/** Random123's kat_vectors; the last row was computed with exact integers. */
const KNOWN: readonly [rounds: number, PhiloxCounter, PhiloxKey, string][] = [
  [10, [0, 0, 0, 0], [0, 0], '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
  [
    10,
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    '408f276d 41c83b0e a20bc7c6 6d5451fd',
  ],
  [
    10,
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    'd16cfe09 94fdcceb 5001e420 24126ea1',
  ],
  [7, [0, 0, 0, 0], [0, 0], '5f6fb709 0d893f64 4f121f81 4f730a48'],
  [10, [1, 0, 0, 0], [0x2a, 0], 'fcdb2127 53ba6cfd 838f5a6e 744e06fb'],
];

/** The same generator on BigInt, from the paper's definition. */
function exactPhilox(counter: PhiloxCounter, key: PhiloxKey): number[] {
  let c = counter.map(BigInt);
  let k = key.map(BigInt);
  const low = (x: bigint) => x & 0xffffffffn;
  for (let round = 0; round < 10; round++) {
    const p0 = 0xd2511f53n * c[0]!;
    const p1 = 0xcd9e8d57n * c[2]!;
    c = [(p1 >> 32n) ^ c[1]! ^ k[0]!, low(p1), (p0 >> 32n) ^ c[3]! ^ k[1]!, low(p0)];
    k = [low(k[0]! + 0x9e3779b9n), low(k[1]! + 0xbb67ae85n)];
  }
  return c.map(Number);
}

describe('Philox4x32', () => {
  it.each(KNOWN)('with %i rounds gives the published answers', (rounds, counter, key, words) => {
    const hex = philox4x32(counter, key, rounds).map((word) => word.toString(16).padStart(8, '0'));
    expect(hex.join(' ')).toBe(words);
  });

  it('agrees with exact integers on its own output as addresses', () => {
    let block: [number, number, number, number] = [1, 2, 3, 4];
    for (let i = 0; i < 500; i++) {
      const next = philox4x32(block, [block[3], block[0]]);
      expect(next).toEqual(exactPhilox(block, [block[3], block[0]]));
      block = next;
    }
  });
});

describe('the stream of a view', () => {
  it('is on [0, 1), with 53 bits', () => {
    const draw = viewStream(7, 3, 1);
    for (let slot = 0; slot < 2000; slot++) {
      const u = draw(slot);
      expect(u).toBeGreaterThanOrEqual(0);
      expect(u).toBeLessThan(1);
      expect(Number.isInteger(u * 2 ** 53)).toBe(true);
    }
  });

  it('gives a slot the same number whatever was drawn before', () => {
    const forwards = viewStream(1, 2, 3);
    const first = [0, 1, 2, 3, 4].map(forwards);
    const backwards = viewStream(1, 2, 3);
    expect([4, 3, 2, 1, 0].map(backwards).reverse()).toEqual(first);
  });

  it('differs by seed, image, view and slot, also beyond 2³² images', () => {
    const addresses = [
      [0, 0, 0, 0],
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 2 ** 32, 0, 0],
      [0, 2 ** 32 + 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ] as const;
    const numbers = addresses.map(([seed, image, view, slot]) => viewStream(seed, image, view)(slot));
    expect(new Set(numbers).size).toBe(addresses.length);
  });

  it('is uniform: chi-square over 100 bins of 100,000 numbers', () => {
    const bins = new Array<number>(100).fill(0);
    for (let image = 0; image < 1000; image++) {
      const draw = viewStream(0, image, 0);
      for (let slot = 0; slot < 100; slot++) bins[Math.floor(draw(slot) * 100)]! += 1;
    }
    const chiSquare = bins.reduce((sum, count) => sum + (count - 1000) ** 2 / 1000, 0);
    // 99 degrees of freedom: mean 99, deviation √198 ≈ 14; five deviations either way.
    expect(chiSquare).toBeGreaterThan(29);
    expect(chiSquare).toBeLessThan(170);
  });
});
