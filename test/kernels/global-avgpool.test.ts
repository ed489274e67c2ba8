import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { globalAvgpoolKernel } from '../../src/kernels/pool.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

interface Shape {
  readonly views: number;
  readonly positions: number;
  readonly channels: number;
  readonly first?: number;
}

async function mean(shape: Shape, input: Float32Array, count = shape.views): Promise<Float32Array> {
  const writes = shape.views * Math.ceil(shape.channels / 4) * 4;
  const [output] = await runKernel(gpu, globalAvgpoolKernel(shape), count, [
    padChannels(input, shape.channels),
    { writes },
  ]);
  return output!;
}

/** views, positions, channels: primes, and 63, 64 and 65 groups of channels beside workgroups of 64. */
const SHAPES = [
  [1, 1, 1],
  [3, 49, 3],
  [2, 63, 5],
  [7, 64, 4],
  [2, 65, 13],
  [1, 1024, 8],
  [2, 7, 252],
  [2, 4, 256],
  [3, 2, 257],
] as const;

test.each(SHAPES)('views %i, %i positions, %i channels: the mean within the rounding of its sum', async (...row) => {
  const [views, positions, channels] = row;
  const stored = Math.ceil(channels / 4) * 4;
  for (const [low, high] of [
    [-1, 1],
    [0, 1],
    [-1e34, 1e34],
    [1e-32, 1e-30],
  ] as const) {
    const input = values(views * positions * channels, 1, low, high);
    const output = await mean({ views, positions, channels }, input);
    for (let b = 0; b < views; b++)
      for (let c = 0; c < stored; c++) {
        const found = output[b * stored + c]!;
        if (c >= channels) {
          expect(found).toBe(0);
          continue;
        }
        let sum = 0;
        let absolute = 0;
        for (let p = 0; p < positions; p++) {
          const value = input[(b * positions + p) * channels + c]!;
          sum += value;
          absolute += Math.abs(value);
        }
        // Half an ulp of what is added up for each addition, and WGSL's 2.5 ulp for a division.
        const bound = ((positions - 1 + 5) * 2 ** -24 * absolute) / positions;
        expect(Math.abs(found - sum / positions)).toBeLessThanOrEqual(bound);
      }
    if (low === -1) await recordBits(`mean ${row.join(' ')}`, output);
  }
});

test.each([
  [2, 17, 1, 12],
  [3, 65, 5, 7],
  [1, 5, 4, 4],
])('views %i, %i positions from the %ith on, %i channels: those before have no part', async (...row) => {
  const [views, positions, first, channels] = row;
  const input = values(views * positions * channels, 3);
  const without = input.filter((_, i) => Math.floor(i / channels) % positions >= first);
  const alone = await mean({ views, positions: positions - first, channels }, without);
  const lost = input.map((value, i) => (Math.floor(i / channels) % positions < first ? Number.NaN : value));
  expect(bits(await mean({ views, positions, channels, first }, lost))).toEqual(bits(alone));
});

describe('a batch', () => {
  const shape = { views: 7, positions: 9, channels: 6 };
  const input = values(7 * 9 * 6, 2);

  test('a view has the same bits alone and in any place of it, and each time', async () => {
    const whole = await mean(shape, input);
    expect(bits(await mean(shape, input))).toEqual(bits(whole));
    for (const view of [0, 3, 6]) {
      const alone = await mean({ ...shape, views: 1 }, input.slice(view * 54, (view + 1) * 54));
      expect(bits(alone)).toEqual(bits(whole.slice(view * 8, (view + 1) * 8)));
    }
  });

  test('that is not full leaves the rest of the output untouched', async () => {
    const output = await mean(shape, input, 4);
    for (let i = 0; i < output.length; i++) expect(isGarbage(output, i)).toBe(i >= 4 * 8);
  });

  test('a NaN or infinity reaches the mean of its view and channel alone', async () => {
    const spoilt = input.slice();
    spoilt[0] = Number.NaN;
    spoilt[(4 * 9 + 8) * 6 + 5] = Number.NEGATIVE_INFINITY;
    const output = await mean(shape, spoilt);
    const lost = [...output].flatMap((value, i) => (Number.isFinite(value) ? [] : [i]));
    expect(lost).toEqual([0, 4 * 8 + 5]);
    expect(output[0]).toBeNaN();
    expect(output[4 * 8 + 5]).toBe(Number.NEGATIVE_INFINITY);
  });
});
