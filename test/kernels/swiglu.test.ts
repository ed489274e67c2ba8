import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { type SwigluShape, swigluKernel } from '../../src/kernels/swiglu.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

async function swiglu(shape: SwigluShape, input: Float32Array, count = shape.views): Promise<Float32Array> {
  const writes = shape.views * shape.positions * shape.channels;
  const [output] = await runKernel(gpu, swigluKernel(shape), count, [input, { writes }]);
  return output!;
}

const UNIT = 2 ** -24;

/** views, positions, channels: one group, primes, 63, 64 and 65 groups beside workgroups of 64, a width of DINOv2. */
test.each([
  [1, 1, 4],
  [3, 5, 12],
  [2, 63, 4],
  [2, 64, 4],
  [1, 65, 4],
  [2, 197, 20],
  [1, 2, 4096],
] as const)('views %i, positions %i, channels %i: within the rounding of its steps', async (...row) => {
  const [views, positions, channels] = row;
  for (const [low, high] of [
    [-1, 1],
    [-10, 10],
    [-100, 100],
    [-1e15, 1e15],
  ] as const) {
    const input = values(views * positions * 2 * channels, 1, low, high);
    const output = await swiglu({ views, positions, channels }, input);
    let worst = 0;
    for (let i = 0; i < output.length; i++) {
      const at = Math.floor(i / channels) * 2 * channels + (i % channels);
      const [a, b] = [input[at]!, input[at + channels]!];
      const want = (a / (1 + Math.exp(-a))) * b;
      // Units: 2.6 for the exponential, 2.3 for the sum it is in, 5 for a division, 1 for each of two products; below
      // e⁻⁸⁶·⁹ the exponential is 0.
      const bound = 12 * UNIT * Math.abs(want) + 2e-38 * Math.max(1, Math.abs(a * b));
      worst = Math.max(worst, Math.abs(output[i]! - want) / bound);
    }
    expect(worst).toBeLessThanOrEqual(1);
    if (low === -10) await recordBits(`swiglu ${row.join(' ')}`, output);
  }
});

test('the first half goes through silu, the second is the factor', async () => {
  const output = await swiglu({ views: 1, positions: 1, channels: 4 }, new Float32Array([0, 50, -200, 1, 7, 2, 3, 10]));
  expect([...output.subarray(0, 2)]).toEqual([0, 100]);
  expect(Math.abs(output[2]!)).toBe(0);
  expect(Math.abs(output[3]! - 10 / (1 + Math.exp(-1)))).toBeLessThan(12 * UNIT * 10);
});

describe('a batch', () => {
  const shape = { views: 7, positions: 9, channels: 8 };
  const input = values(7 * 9 * 16, 2);

  test('a view has the same bits alone and in any place of it, and each time', async () => {
    const whole = await swiglu(shape, input);
    expect(bits(await swiglu(shape, input))).toEqual(bits(whole));
    for (const view of [0, 3, 6]) {
      const alone = await swiglu({ ...shape, views: 1 }, input.slice(view * 144, (view + 1) * 144));
      expect(bits(alone)).toEqual(bits(whole.slice(view * 72, (view + 1) * 72)));
    }
  });

  test('that is not full leaves the rest of the output untouched', async () => {
    const output = await swiglu(shape, input, 4);
    for (let i = 0; i < output.length; i++) expect(isGarbage(output, i)).toBe(i >= 4 * 72);
  });

  test('NaN and infinities in either half come out as no finite number, in their place alone', async () => {
    const { NaN: nan, POSITIVE_INFINITY: inf, NEGATIVE_INFINITY: minus } = Number;
    const spoilt = input.slice();
    spoilt.set([nan, inf, minus], 0);
    spoilt.set([nan, inf, minus], 8 + 4);
    const output = await swiglu(shape, spoilt);
    expect([...output.keys()].filter((i) => !Number.isFinite(output[i]))).toEqual([0, 1, 2, 4, 5, 6]);
    expect(output[0]).toBeNaN();
  });
});

test('a width that is no multiple of 4 is refused', () => {
  expect(() => swigluKernel({ views: 1, positions: 1, channels: 6 })).toThrow(
    expect.objectContaining({ code: 'UNKNOWN_ARCHITECTURE', message: expect.stringContaining('2 × 6 channels') }),
  );
});
