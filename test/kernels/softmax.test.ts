import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { type SoftmaxShape, softmaxKernel } from '../../src/kernels/softmax.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

async function softmax(shape: SoftmaxShape, family: Family, input: Float32Array, count = shape.views) {
  const { views, rows, columns } = shape;
  const writes = views * rows * Math.ceil(columns / 4) * 4;
  const [output] = await runKernel(gpu, softmaxKernel(shape, family), count, [padChannels(input, columns), { writes }]);
  return output!;
}

const UNIT = 2 ** -24;

/** The largest error of `output`, as a share of what rounding can do to it. */
function worst({ columns }: SoftmaxShape, input: Float32Array, output: Float32Array): number {
  const stored = Math.ceil(columns / 4) * 4;
  // Additions on the way of a term into the sum: its lane, 16 lanes by pairs, four channels by pairs.
  const depth = Math.ceil(stored / 64) + 5;
  let most = 0;
  for (let row = 0; row < input.length / columns; row++) {
    const x = input.subarray(row * columns, (row + 1) * columns);
    const peak = x.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
    const terms = Array.from(x, (value) => Math.exp(value - peak));
    // The subtraction's rounding becomes a relative error of the exponential, which has 1.3 ulp of its own.
    const errors = Array.from(x, (value) => UNIT * (peak - value) + 2.6 * UNIT);
    const sum = terms.reduce((a, b) => a + b, 0);
    const sumError = depth * UNIT + terms.reduce((a, term, i) => (term > 0 ? a + term * errors[i]! : a), 0) / sum;
    for (let c = 0; c < columns; c++) {
      const want = terms[c]! / sum;
      // 2.5 ulp of a division; below e⁻⁸⁶·⁹ a term is 0.
      const bound = (want > 0 ? want * (errors[c]! + sumError + 5 * UNIT) * 1.001 : 0) + 2e-38;
      const error = Math.abs(output[row * stored + c]! - want);
      most = Math.max(most, Number.isNaN(error) ? Number.POSITIVE_INFINITY : error / bound);
    }
  }
  return most;
}

/** views, rows, columns: beside groups of 4, 16 groups at once, 64 rows of a workgroup; tokens of ViTs. */
const SHAPES = [
  [1, 1, 1],
  [2, 3, 3],
  [3, 4, 5],
  [1, 64, 63],
  [2, 65, 64],
  [1, 3, 65],
  [2, 197, 197],
  [1, 2, 768],
] as const;

/** Alike, as scores are, one that wins, and beyond the range of exponentials. */
const RANGES = [
  [-1e-3, 1e-3],
  [-8, 8],
  [0, 60],
  [-150, 150],
  [-3e38, 3e38],
] as const;

describe.each(SHAPES)('views %i, rows %i, columns %i', (views, rows, columns) => {
  const shape = { views, rows, columns };
  const inputOf = (low: number, high: number) => values(views * rows * columns, 3, low, high);

  test.each(FAMILIES)('family %s is as close as rounding allows, its padding 0', async (family) => {
    for (const [low, high] of RANGES) {
      const input = inputOf(low, high);
      const output = await softmax(shape, family, input);
      expect(worst(shape, input, output), `${low} to ${high}`).toBeLessThanOrEqual(1);
      const padding = output.filter((_, i) => i % (Math.ceil(columns / 4) * 4) >= columns);
      expect(padding.every((value) => Object.is(value, 0))).toBe(true);
    }
  });

  test('the families agree in every bit', async () => {
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    const outputs: Float32Array[] = [];
    for (const family of FAMILIES) outputs.push(await softmax(shape, family, inputOf(-8, 8)));
    const [first] = outputs.map(bits);
    for (const output of outputs) expect(bits(output).every((word, i) => word === first![i])).toBe(true);
    await recordBits(`softmax ${views} ${rows} ${columns}`, outputs[0]!);
  });
});

describe.each(FAMILIES)('family %s', (family) => {
  const shape = { views: 7, rows: 9, columns: 70 };
  const input = values(7 * 9 * 70, 2, -4, 4);

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const whole = await softmax(shape, family, input);
    expect(bits(await softmax(shape, family, input))).toEqual(bits(whole));
    for (const view of [0, 3, 6]) {
      const alone = await softmax({ ...shape, views: 1 }, family, input.slice(view * 630, (view + 1) * 630));
      expect(bits(alone)).toEqual(bits(whole.slice(view * 648, (view + 1) * 648)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const output = await softmax(shape, family, input, 4);
    for (let i = 0; i < output.length; i++) if (isGarbage(output, i) !== i >= 4 * 648) expect.fail(`value ${i}`);
  });

  test.each([
    ['NaN', Number.NaN],
    ['∞', Number.POSITIVE_INFINITY],
  ])('%s anywhere in a row makes the row NaN, no other, and no padding', async (_, bad) => {
    for (const column of [0, 1, 63, 64, 69]) {
      const spoilt = input.slice();
      spoilt[(2 * 9 + 5) * 70 + column] = bad;
      const output = await softmax(shape, family, spoilt);
      const lost = [...output.keys()].filter((i) => Number.isNaN(output[i]));
      expect(lost).toEqual(Array.from({ length: 70 }, (_, c) => (2 * 9 + 5) * 72 + c));
    }
  });

  test('−∞ has no share in a row; a row of nothing else is NaN', async () => {
    const masked = input.slice();
    masked.fill(Number.NEGATIVE_INFINITY, 0, 69);
    masked.fill(Number.NEGATIVE_INFINITY, 70, 140);
    const output = await softmax(shape, family, masked);
    expect([...output.subarray(0, 70)]).toEqual([...new Array(69).fill(0), 1]);
    expect(output.subarray(72, 142).every(Number.isNaN)).toBe(true);
  });

  test('equal values share alike', async () => {
    const output = await softmax(shape, family, new Float32Array(7 * 9 * 70).fill(-7e30));
    expect(output.filter((_, i) => i % 72 < 70).every((value) => Math.abs(value * 70 - 1) <= 6 * UNIT)).toBe(true);
  });
});
