import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { type LayernormShape, layernormKernel, packNorm } from '../../src/kernels/layernorm.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

interface Norm {
  readonly weight: Float32Array;
  readonly bias: Float32Array;
  readonly eps: number;
}

async function layernorm(
  shape: LayernormShape,
  { weight, bias, eps }: Norm,
  family: Family,
  input: Float32Array,
  count = shape.views,
): Promise<Float32Array> {
  const { views, positions, channels } = shape;
  const [output] = await runKernel(gpu, layernormKernel(shape, { eps }, family), count, [
    padChannels(input, channels),
    packNorm(channels, weight, bias),
    { writes: views * positions * Math.ceil(channels / 4) * 4 },
  ]);
  return output!;
}

const normOf = (channels: number, eps = 1e-6): Norm => ({
  weight: values(channels, 7, -2, 2),
  bias: values(channels, 8),
  eps,
});

const UNIT = 2 ** -24;

/** The largest error of `output`, as a share of what rounding can do to it. */
function worst({ positions, channels }: LayernormShape, norm: Norm, input: Float32Array, output: Float32Array): number {
  const stored = Math.ceil(channels / 4) * 4;
  // Additions on the way of a term into the sum: its lane, 16 lanes by pairs, four channels by pairs.
  const depth = Math.ceil(stored / 64) + 5;
  let most = 0;
  for (let row = 0; row < input.length / channels; row++) {
    const x = input.subarray(row * channels, (row + 1) * channels);
    const mean = x.reduce((sum, value) => sum + value, 0) / channels;
    const absolute = x.reduce((sum, value) => sum + Math.abs(value), 0) / channels;
    const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / channels;
    const scale = 1 / Math.sqrt(variance + norm.eps);
    // The sum, and 2.5 ulp (5 units) of a division.
    const meanError = (depth + 5) * UNIT * absolute;
    // About a mean that is off by m the squares add up to variance + m²; then rounding of d, d², sum, division, + eps.
    const off = meanError ** 2;
    const varianceError = off + (depth + 9) * UNIT * (variance + off);
    const share = norm.eps + variance > 0 ? varianceError / (variance + norm.eps) : 0;
    // A root and a division of 2.5 ulp each.
    const scaleError = 1 / Math.sqrt(1 - share) - 1 + 10 * UNIT;
    for (let c = 0; c < channels; c++) {
      const d = x[c]! - mean;
      const weighted = norm.weight[c]! * scale;
      const dError = meanError + UNIT * (Math.abs(d) + meanError);
      const size = Math.abs(weighted) * (dError * (1 + scaleError) + Math.abs(d) * scaleError);
      const bound = size + 3 * UNIT * (Math.abs(weighted * d) + size + Math.abs(norm.bias[c]!));
      const error = Math.abs(output[row * stored + c]! - (d * weighted + norm.bias[c]!));
      most = Math.max(most, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error === 0 ? 0 : error / bound);
    }
  }
  expect(positions * channels).toBeGreaterThan(0);
  return most;
}

const paddingOf = (channels: number, output: Float32Array): Float32Array =>
  output.filter((_, i) => i % (Math.ceil(channels / 4) * 4) >= channels);

/** views, positions, channels: beside groups of 4, 16 groups at once, 64 positions of a workgroup; widths of ViTs. */
const SHAPES = [
  [1, 1, 1],
  [2, 5, 3],
  [3, 4, 5],
  [2, 63, 63],
  [1, 64, 64],
  [2, 65, 65],
  [1, 197, 192],
  [2, 1, 768],
] as const;

/** Signed, positive, far from 0 (a thousand deviations), large, small, and a variance far below eps. */
const RANGES = [
  [-1, 1],
  [0, 1],
  [577, 579],
  [-1e15, 1e15],
  [-1e-4, 1e-4],
  [1, 1 + 2 ** -20],
] as const;

describe.each(SHAPES)('views %i, positions %i, channels %i', (views, positions, channels) => {
  const shape = { views, positions, channels };
  const norm = normOf(channels);
  const inputOf = (low: number, high: number) => values(views * positions * channels, 3, low, high);

  test.each(FAMILIES)('family %s is as close as rounding allows, its padding 0', async (family) => {
    for (const [low, high] of RANGES) {
      const input = inputOf(low, high);
      const output = await layernorm(shape, norm, family, input);
      expect(worst(shape, norm, input, output), `${low} to ${high}`).toBeLessThanOrEqual(1);
      expect(paddingOf(channels, output).every((value) => Object.is(value, 0))).toBe(true);
    }
  });

  test('the families agree in every bit', async () => {
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    const outputs: Float32Array[] = [];
    for (const family of FAMILIES) outputs.push(await layernorm(shape, norm, family, inputOf(-1, 3)));
    const [first] = outputs.map(bits);
    for (const output of outputs) expect(bits(output).every((word, i) => word === first![i])).toBe(true);
    await recordBits(`layernorm ${views} ${positions} ${channels}`, outputs[0]!);
  });
});

describe.each(FAMILIES)('family %s', (family) => {
  const shape = { views: 7, positions: 9, channels: 70 };
  const norm = normOf(70);
  const input = values(7 * 9 * 70, 2);

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const whole = await layernorm(shape, norm, family, input);
    expect(bits(await layernorm(shape, norm, family, input))).toEqual(bits(whole));
    for (const view of [0, 3, 6]) {
      const alone = await layernorm({ ...shape, views: 1 }, norm, family, input.slice(view * 630, (view + 1) * 630));
      expect(bits(alone)).toEqual(bits(whole.slice(view * 648, (view + 1) * 648)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const output = await layernorm(shape, norm, family, input, 4);
    for (let i = 0; i < output.length; i++) if (isGarbage(output, i) !== i >= 4 * 648) expect.fail(`value ${i}`);
  });

  test('a NaN or infinity reaches its whole position, no other, and no padding', async () => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      const spoilt = input.slice();
      spoilt[(2 * 9 + 5) * 70 + 69] = bad;
      const output = await layernorm(shape, norm, family, spoilt);
      const lost = [...output.keys()].filter((i) => !Number.isFinite(output[i]));
      expect(lost).toEqual(Array.from({ length: 70 }, (_, c) => (2 * 9 + 5) * 72 + c));
    }
  });

  test.each([0, 1e-12, 1])('eps %d is added to the variance', async (eps) => {
    const small = values(7 * 9 * 70, 2, -1e-5, 1e-5);
    const exact = { ...normOf(70), eps };
    expect(worst(shape, exact, small, await layernorm(shape, exact, family, small))).toBeLessThanOrEqual(1);
  });

  test('a position of equal values becomes the bias', async () => {
    const output = await layernorm(shape, norm, family, new Float32Array(7 * 9 * 70).fill(0.5));
    for (let i = 0; i < 7 * 9; i++) expect(output.subarray(i * 72, i * 72 + 70)).toEqual(norm.bias);
  });
});
