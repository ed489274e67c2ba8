import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { type EpilogueParts, packChannels } from '../../src/kernels/epilogue.js';
import { pointwiseKernel } from '../../src/kernels/pointwise.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { gelu } from '../reference/erf.js';
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
}
interface Data {
  readonly input: Float32Array;
  readonly residual: Float32Array;
  readonly bias: Float32Array;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
}

function partsOf(mask: number): EpilogueParts {
  const has = (bit: number) => (mask & bit) !== 0;
  return { bias: has(1), affine: has(2), relu: has(4), gelu: has(32), residual: has(8), reluAfterAdd: has(16) };
}
const ALL = partsOf(31);

function dataOf({ views, positions, channels }: Shape, scale = 1): Data {
  const of = (n: number, seed: number) => values(n, seed, -scale, scale);
  const n = views * positions * channels;
  return {
    input: of(n, 1),
    residual: of(n, 2),
    bias: of(channels, 3),
    scale: values(channels, 4),
    shift: of(channels, 5),
  };
}

async function pointwise(shape: Shape, parts: EpilogueParts, data: Data, count = shape.views): Promise<Float32Array> {
  const { channels } = shape;
  const [output] = await runKernel(gpu, pointwiseKernel(shape, parts), count, [
    padChannels(data.input, channels),
    packChannels(channels, data),
    { writes: shape.views * shape.positions * Math.ceil(channels / 4) * 4 },
    ...(parts.residual ? [padChannels(data.residual, channels)] : []),
  ]);
  return output!;
}

/** The value in float64 and how far one rounding per operation may lead away from it. */
function expected(parts: EpilogueParts, data: Data, i: number, channel: number): { value: number; bound: number } {
  const unit = 2 ** -24;
  let value = data.input[i]!;
  let bound = 0;
  const rounded = (result: number) => {
    value = result;
    bound += unit * (Math.abs(result) + bound);
  };
  if (parts.bias) rounded(value + data.bias[channel]!);
  if (parts.affine) {
    const scale = data.scale[channel]!;
    bound *= Math.abs(scale);
    rounded(value * scale);
    rounded(value + data.shift[channel]!);
  }
  if (parts.relu) value = Math.max(value, 0);
  if (parts.gelu) {
    // Its slope is at most 1.13; the function itself is off by 2e-7 of erf and two roundings (exp-erf.test.ts).
    bound = 1.13 * bound + (Math.abs(value) / 2) * 2e-7 + 2 * unit * Math.abs(gelu(value));
    value = gelu(value);
  }
  if (parts.residual) rounded(value + data.residual[i]!);
  if (parts.reluAfterAdd) value = Math.max(value, 0);
  return { value, bound };
}

function check(shape: Shape, parts: EpilogueParts, data: Data, output: Float32Array): void {
  const { channels } = shape;
  const stored = Math.ceil(channels / 4) * 4;
  for (let i = 0; i < output.length; i++) {
    const c = i % stored;
    if (c >= channels) {
      expect(output[i]).toBe(0);
      continue;
    }
    const { value, bound } = expected(parts, data, Math.floor(i / stored) * channels + c, c);
    expect(Math.abs(output[i]! - value)).toBeLessThanOrEqual(bound);
  }
}

/** ReLU (4) and GELU (32) exclude each other. */
const MASKS = Array.from({ length: 64 }, (_, mask) => mask).filter((mask) => (mask & 36) !== 36);

test.each(MASKS)('parts %i: each value within one rounding per operation', async (mask) => {
  const shape = { views: 2, positions: 7, channels: 5 };
  const data = dataOf(shape);
  const output = await pointwise(shape, partsOf(mask), data);
  check(shape, partsOf(mask), data, output);
  await recordBits(`parts ${mask}`, output);
});

/** views, positions, channels: one, primes, and 63, 64 and 65 groups beside workgroups of 64. */
test.each([
  [1, 1, 1],
  [3, 13, 3],
  [2, 63, 4],
  [2, 64, 4],
  [2, 65, 4],
  [5, 3, 257],
] as const)('views %i, %i positions, %i channels: values of any size', async (views, positions, channels) => {
  const shape = { views, positions, channels };
  for (const scale of [1, 1e37, 1e-30]) {
    const data = dataOf(shape, scale);
    check(shape, ALL, data, await pointwise(shape, ALL, data));
  }
});

describe('a batch', () => {
  const shape = { views: 7, positions: 5, channels: 6 };
  const data = dataOf(shape);

  test('a view has the same bits alone and in any place of it, and each time', async () => {
    const whole = await pointwise(shape, ALL, data);
    expect(bits(await pointwise(shape, ALL, data))).toEqual(bits(whole));
    for (const view of [0, 3, 6]) {
      const of = (all: Float32Array) => all.slice(view * 30, (view + 1) * 30);
      const alone = { ...data, input: of(data.input), residual: of(data.residual) };
      expect(bits(await pointwise({ ...shape, views: 1 }, ALL, alone))).toEqual(
        bits(whole.slice(view * 40, (view + 1) * 40)),
      );
    }
  });

  test('that is not full leaves the rest of the output untouched', async () => {
    const output = await pointwise(shape, ALL, data, 4);
    for (let i = 0; i < output.length; i++) expect(isGarbage(output, i)).toBe(i >= 4 * 40);
  });

  test('NaN passes both ReLUs; an infinity is clipped only where it is negative', async () => {
    const input = data.input.slice();
    input.set([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY], 0);
    const scale = new Float32Array(6).fill(1);
    const output = await pointwise(shape, ALL, { ...data, input, scale });
    expect(output[0]).toBeNaN();
    expect(output[1]).toBe(Number.POSITIVE_INFINITY);
    expect(output[2]).toBe(Math.max(0, data.residual[2]!));
    expect(output.subarray(3).every(Number.isFinite)).toBe(true);
  });
});
