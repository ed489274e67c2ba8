import { describe, expect, test } from 'vitest';
import { mean } from '../../src/metrics/layermem.js';
import { summarizeUnits, type UnitRest, unitMem } from '../../src/metrics/unitmem.js';
import { resnet9Expected } from './golden.js';
import { exponentials, uniforms } from './random.js';

const one = (values: number[], rest: UnitRest = 'mean') => unitMem(Float64Array.from(values), 1, rest).unitmem[0]!;

describe('the golden of ResNet-9', () => {
  test.each(['mean', 'median'] as const)(
    'stored UnitMem (%s) and argmax follow from the stored unit means',
    async (rest) => {
      const golden = await resnet9Expected();
      const names = golden.names.filter((name) => name.startsWith(`unitmem/${rest}/`));
      expect(names.length).toBe(62);
      let compared = 0;
      for (const name of names) {
        const of = name.slice(`unitmem/${rest}/`.length);
        const mu = golden.f32(`mu/${of}`);
        const expected = golden.f32(name);
        const argmax = golden.i32(`argmax/${of}`);
        const units = expected.length;
        const found = unitMem(mu, units, rest);
        for (let u = 0; u < units; u++, compared++) {
          const [got, want] = [found.unitmem[u]!, expected[u]!];
          if (Math.abs(got - want) > 1e-7 * Math.max(1, want * want))
            expect.fail(`${name} unit ${u}: ${got}, not ${want}`);
          const tie = found.max[u]! - mu[argmax[u]! * units + u]! <= 1e-5 * Math.abs(found.max[u]!);
          if (found.argmax[u] !== argmax[u] && !tie) expect.fail(`${name} unit ${u}: argmax ${found.argmax[u]}`);
        }
      }
      expect(compared).toBeGreaterThan(1000);
    },
  );
});

test('a constant unit scores 0, a dead one 0, a unit that answers to one image alone 1', () => {
  expect(one([0.3, 0.3, 0.3])).toBe(0);
  expect(one([0, 0, 0])).toBe(0);
  expect(one([0, 0.7, 0, 0])).toBe(1);
  expect(one([0, 1e-30])).toBe(1);
});

test('two images: |a − b|/(a + b)', () => {
  expect(one([1, 3])).toBe(0.5);
  expect(one([3, 1], 'median')).toBe(0.5);
});

test('k equal winners among N, others 0: (N − k)/(N + k − 2)', () => {
  for (const k of [1, 2, 3, 7]) {
    const values = Array.from({ length: 12 }, (_, i) => (i < k ? 1 : 0));
    expect(one(values)).toBeCloseTo((12 - k) / (12 + k - 2), 15);
  }
});

test('k equal winners: with the median, 1 as long as k − 1 < (N − 1)/2', () => {
  const winners = (k: number) =>
    one(
      Array.from({ length: 12 }, (_, i) => (i < k ? 1 : 0)),
      'median',
    );
  expect([1, 5, 6].map(winners)).toEqual([1, 1, 1]);
  expect(winners(7)).toBeLessThan(1);
});

test('scaling by a power of two changes no bit; an offset makes it strictly smaller', () => {
  const values = exponentials(30, 1);
  expect(one(values.map((x) => 4 * x))).toBe(one(values));
  expect(one(values.map((x) => x + 0.1))).toBeLessThan(one(values));
});

test('it is (N·w − 1)/((N − 2)·w + 1), w the share of the largest', () => {
  const values = exponentials(30, 2);
  const w = Math.max(...values) / values.reduce((a, b) => a + b);
  expect(one(values)).toBeCloseTo((30 * w - 1) / (28 * w + 1), 13);
});

test('the order of images moves argmax along and changes the value by rounding alone', () => {
  const values = exponentials(30, 3);
  const forward = unitMem(Float64Array.from(values), 1);
  const backward = unitMem(Float64Array.from(values).reverse(), 1);
  expect(backward.argmax[0]).toBe(29 - forward.argmax[0]!);
  expect(backward.unitmem[0]).toBeCloseTo(forward.unitmem[0]!, 14);
});

test('on ties the lowest position wins and the next is runner-up', () => {
  const found = unitMem(Float64Array.of(1, 5, 5, 2), 1);
  expect([found.argmax[0], found.runnerUp[0]]).toEqual([1, 2]);
  expect([found.max[0], found.runnerUpMean[0]]).toEqual([5, 5]);
});

test('the runner-up is found on either side of the winner', () => {
  const found = unitMem(
    Float64Array.from(
      [
        [4, 9, 1],
        [9, 4, 2],
        [1, 1, 3],
      ].flat(),
    ),
    3,
  );
  expect([...found.argmax]).toEqual([1, 0, 2]);
  expect([...found.runnerUp]).toEqual([0, 1, 1]);
  expect([...found.runnerUpMean]).toEqual([4, 4, 2]);
});

test('put in place of the rest, the runner-up gives a lower bound', () => {
  const found = unitMem(Float64Array.from(exponentials(20 * 50, 4)), 50);
  found.unitmem.forEach((value, u) => {
    const [m, r] = [found.max[u]!, found.runnerUpMean[u]!];
    expect((m - r) / (m + r)).toBeLessThanOrEqual(value);
  });
});

test('duplicating the set lowers it towards (M − S/N)/(M + S/N)', () => {
  const values = exponentials(20, 5);
  const times = (m: number) => one(Array.from({ length: m }, () => values).flat());
  expect(times(2)).toBeLessThan(times(1));
  const [max, average] = [Math.max(...values), mean(values)];
  const limit = (max - average) / (max + average);
  expect(times(3)).toBeGreaterThan(limit);
  expect(times(500)).toBeCloseTo(limit, 3);
});

test('an image at the mean of the rest changes nothing, a lower one raises, a higher one lowers it', () => {
  const values = [4, 1, 2, 3];
  expect(one([...values, 2])).toBe(one(values));
  expect(one([...values, 1])).toBeGreaterThan(one(values));
  expect(one([...values, 3.5])).toBeLessThan(one(values));
});

test('where the mean of the rest is above its median, the median gives more', () => {
  const values = exponentials(101, 6);
  expect(one(values, 'median')).toBeGreaterThan(one(values));
});

test('means that are not negative keep it in [0, 1]', () => {
  const found = unitMem(Float64Array.from(exponentials(7 * 200, 7)), 200);
  expect(Math.min(...found.unitmem)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...found.unitmem)).toBeLessThanOrEqual(1);
  expect(new Set(found.sign)).toEqual(new Set(['positive']));
});

test('signs are told, nothing is clamped', () => {
  const found = unitMem(
    Float64Array.from(
      [
        [0, 3, -1, 1, -0, 0],
        [0, -1, -3, -1, 0, 2],
      ].flat(),
    ),
    6,
  );
  expect(found.sign).toEqual(['dead', 'mixed', 'negative', 'mixed', 'dead', 'positive']);
  // 1 and −1 cancel: M + R = 0 has no quotient.
  expect([...found.unitmem]).toEqual([0, 2, -0.5, 0, 0, 1]);
});

test('the rest keeps its digits where the winner dwarfs it', () => {
  const values = [1e12, 1e-6, 2e-6];
  expect(one(values)).toBe((1e12 - 1.5e-6) / (1e12 + 1.5e-6));
  expect(unitMem(Float64Array.of(1e20, 1, -1, 1), 1).unitmem[0]).toBe((1e20 - 1 / 3) / (1e20 + 1 / 3));
});

describe('the noise floor: exponential means that remember nothing', () => {
  // Exact expectations and standard deviations of one unit.
  test.each([
    [2, 0.5, 0.289],
    [3, 3 - 48 * Math.log(3 / 2) + 144 * Math.log(9 / 8), 0.215],
    [10, 0.5548, 0.121],
    [100, 0.6777, 0.058],
  ])('%i images: on average %f', (n, expected, deviation) => {
    const units = 4000;
    const found = mean(unitMem(Float64Array.from(exponentials(n * units, 100 + n)), units).unitmem);
    // 5 standard errors, and what the tabled digits leave open.
    expect(Math.abs(found - expected)).toBeLessThan((5 * deviation) / Math.sqrt(units) + 5e-4);
  });

  test('two images: UnitMem is uniform on [0, 1]', () => {
    const units = 4000;
    const { unitmem } = unitMem(Float64Array.from(exponentials(2 * units, 9)), units);
    const { quantiles } = summarizeUnits(unitmem);
    // A uniform sample's quantile has standard deviation at most ½/√K.
    [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].forEach((q, i) => {
      expect(Math.abs(quantiles[i]! - q)).toBeLessThan((5 * 0.5) / Math.sqrt(units));
    });
  });

  test('uniform means tend to a third', () => {
    const { unitmem } = unitMem(Float64Array.from(uniforms(1000 * 50, 10)), 50);
    // The rest's mean has sd √(1/12/1000) = .0091; dU/dR = −2M/(M + R)² = −.89; 50 units; .333 is tabled to 5e-4.
    expect(Math.abs(mean(unitmem) - 1 / 3)).toBeLessThan((5 * 0.89 * 0.0091) / Math.sqrt(50) + 5e-4);
  });
});

test('one image, and means that fill no whole rows, are refused', () => {
  expect(() => unitMem(Float64Array.of(1, 2), 2)).toThrow(/1 given, 2 needed/);
  expect(() => unitMem(Float64Array.of(1, 2, 3), 2)).toThrow(/whole number of rows/);
});

test('a layer in numbers', () => {
  expect(summarizeUnits(Float64Array.of(0, 0.5, 1))).toEqual({
    mean: 0.5,
    median: 0.5,
    quantiles: [0, 0.1, 0.25, 0.5, 0.75, 0.9, 1].map((q) => expect.closeTo(q, 14)),
  });
});
