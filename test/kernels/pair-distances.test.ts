import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { momentsKernels } from '../../src/kernels/moments.js';
import { type PairsShape, pairsKernels } from '../../src/kernels/pair-distances.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, runKernels, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const UNIT = 2 ** -24;

/** Squared norms of every view as the moments kernels leave them: [views] of (squared norm, 0). */
function exactNorms({ images, rows }: PairsShape, input: Float32Array): Float32Array {
  const views = images * rows;
  const norms = new Float32Array(2 * views);
  const length = input.length / views;
  for (let view = 0; view < views; view++) {
    let square = 0;
    for (let e = 0; e < length; e++) square += input[view * length + e]! ** 2;
    norms[2 * view] = square;
  }
  return norms;
}

/** Sums over features for the pairs of the first `count` images: [images, pairs]. */
async function pairSums(
  shape: PairsShape,
  input: Float32Array,
  { norms = exactNorms(shape, input), count = shape.images } = {},
): Promise<Float32Array> {
  const kernels = pairsKernels(shape);
  const [parts] = await runKernels(
    gpu,
    kernels.distances.map((sized) => ({ sized, count })),
    [padChannels(input, shape.channels), norms, { writes: kernels.partsBytes / 4 }],
  );
  const [sums] = await runKernel(gpu, kernels.pairSums, count, [parts!, { writes: kernels.sumsBytes / 4 }]);
  return sums!;
}

function pairsOf({ rows, pairs }: PairsShape): [number, number][] {
  const all: [number, number][] = [];
  for (let j = 0; j < (pairs === 'clean' ? 1 : rows); j++) for (let k = j + 1; k < rows; k++) all.push([j, k]);
  return all;
}

/**
 * Every sum in float64, and how far f32 may lead away from it: half an ulp for each addition and each difference; in
 * normalized features also the scale, whose norm is rounded (½), square root (2 ulp) and division (2.5 ulp) as WGSL
 * bounds them, and its product.
 */
function reference(shape: PairsShape, input: Float32Array): { sums: Float64Array; bounds: Float64Array } {
  const { images, rows, normalized, l1 } = shape;
  const length = input.length / (images * rows);
  const stored4 = shape.positions * Math.ceil(shape.channels / 4);
  const slices = Math.min(64, Math.ceil(stored4 / 128));
  const additions = 4 * Math.ceil(stored4 / slices) + slices + 2;
  const scaleError = normalized ? (0.5 + 4 + 5 + 1) * UNIT : 0;
  const scales = Array.from({ length: images * rows }, (_, view) => {
    if (!normalized) return 1;
    let square = 0;
    for (let e = 0; e < length; e++) square += input[view * length + e]! ** 2;
    return square > 0 ? 1 / Math.sqrt(square) : 0;
  });
  const pairs = pairsOf(shape);
  const sums = new Float64Array(images * pairs.length);
  const bounds = new Float64Array(sums.length);
  for (let i = 0; i < images; i++)
    pairs.forEach(([j, k], p) => {
      const [vj, vk] = [i * rows + j, i * rows + k];
      let sum = 0;
      let shift = 0;
      for (let e = 0; e < length; e++) {
        const a = input[vj * length + e]! * scales[vj]!;
        const b = input[vk * length + e]! * scales[vk]!;
        const d = Math.abs(a - b);
        const error = scaleError * (Math.abs(a) + Math.abs(b)) + UNIT * d;
        sum += l1 ? d : d * d;
        shift += l1 ? error : 2 * d * error + error * error;
      }
      sums[i * pairs.length + p] = sum;
      bounds[i * pairs.length + p] = shift + additions * UNIT * (sum + shift);
    });
  return { sums, bounds };
}

function check(shape: PairsShape, input: Float32Array, found: Float32Array): void {
  const { sums, bounds } = reference(shape, input);
  expect(found.length).toBe(sums.length);
  let worst = 0;
  sums.forEach((sum, p) => {
    const error = Math.abs(found[p]! - sum);
    worst = Math.max(worst, error === 0 ? 0 : error / bounds[p]!);
  });
  expect(worst).toBeLessThanOrEqual(1);
}

const inputOf = ({ images, rows, positions, channels }: PairsShape, seed: number, low = -1, high = 1) =>
  values(images * rows * positions * channels, seed, low, high);

interface Case {
  readonly images: number;
  readonly rows: number;
  readonly positions: number;
  readonly channels: number;
  readonly pairs: 'all' | 'clean';
}

/**
 * Up to 12 views in one block, above in blocks of 8; slices of 128 groups, at most 64 of them, 32 to a workgroup.
 */
const CASES: readonly Case[] = [
  ...[2, 3, 10, 12, 13, 16, 17].map((rows): Case => ({ images: 2, rows, positions: 5, channels: 6, pairs: 'all' })),
  { images: 1, rows: 64, positions: 3, channels: 5, pairs: 'all' },
  ...[2, 3, 11, 17].map((rows): Case => ({ images: 2, rows, positions: 5, channels: 6, pairs: 'clean' })),
  { images: 1, rows: 65, positions: 3, channels: 5, pairs: 'clean' },
  { images: 3, rows: 2, positions: 1, channels: 1, pairs: 'all' },
  { images: 2, rows: 3, positions: 127, channels: 3, pairs: 'all' },
  { images: 2, rows: 3, positions: 128, channels: 4, pairs: 'all' },
  { images: 1, rows: 13, positions: 129, channels: 5, pairs: 'all' },
  { images: 1, rows: 2, positions: 4095, channels: 4, pairs: 'all' },
  { images: 1, rows: 2, positions: 4097, channels: 3, pairs: 'clean' },
  { images: 2, rows: 2, positions: 2731, channels: 12, pairs: 'all' },
];
const title = '$images images, $rows rows, $positions positions, $channels channels, $pairs pairs';

const MODES = [
  ['raw', 'l2'],
  ['normalized', 'l2'],
  ['raw', 'l1'],
  ['normalized', 'l1'],
] as const;

describe.each(CASES)(title, (sizes) => {
  // Large blocks take long to compile: there two of the modes, which hold both of either choice.
  test.each(sizes.rows > 13 ? MODES.slice(1, 3) : MODES)(
    '%s %s sums within the rounding of their terms',
    async (features, distance) => {
      const shape = { ...sizes, normalized: features === 'normalized', l1: distance === 'l1' };
      const input = inputOf(shape, 1);
      const sums = await pairSums(shape, input);
      check(shape, input, sums);
      await recordBits(`${features} ${distance} ${Object.values(sizes).join(' ')}`, sums);
    },
  );
});

/** stored positions, first of those read, how many; rows; pairs: one block, several, and the clean image */
const RANGES = [
  [5, 0, 1, 3, 'all'],
  [197, 1, 196, 3, 'all'],
  [21, 5, 16, 13, 'all'],
  [21, 5, 16, 4, 'clean'],
] as const;

describe.each(RANGES)('of %i positions those from %i on, %i of them; %i rows, %s pairs', (...range) => {
  const [stored, offset, positions, rows, pairs] = range;
  const sizes = { images: 2, rows, channels: 6, pairs, l1: false };
  const input = values(2 * rows * stored * 6, 8);
  const read = Float32Array.from({ length: 2 * rows * positions * 6 }, (_, i) => {
    const [view, e] = [Math.floor(i / (positions * 6)), i % (positions * 6)];
    return input[(view * stored + offset) * 6 + e]!;
  });

  test.each([true, false])('are all that counts, normalized %s', async (normalized) => {
    const alone = { ...sizes, positions, normalized };
    const norms = exactNorms(alone, read);
    const sums = await pairSums({ ...alone, range: { stored, offset } }, input, { norms });
    check(alone, read, sums);
    expect(bits(sums)).toEqual(bits(await pairSums(alone, read)));
    await recordBits(`range ${range.join(' ')} ${normalized}`, sums);
  });
});

describe.each([
  { rows: 10, pairs: 'all' },
  { rows: 13, pairs: 'all' },
  { rows: 11, pairs: 'clean' },
] as const)('$rows rows, $pairs pairs', ({ rows, pairs }) => {
  const sizes = { images: 2, rows, positions: 5, channels: 6, pairs };

  test.each([
    [1e-15, 1e-14],
    [-1e-14, 1e-14],
    [1e14, 1e15],
    [-1e15, 1e15],
  ])('values from %d to %d: within the rounding of their terms', async (low, high) => {
    for (const [normalized, l1] of [
      [false, false],
      [true, false],
      [false, true],
    ] as const) {
      const shape = { ...sizes, normalized, l1 };
      const input = inputOf(shape, 2, low, high);
      check(shape, input, await pairSums(shape, input));
    }
  });

  test('equal views have the distance 0, exactly', async () => {
    const view = values(30, 3);
    const input = Float32Array.from({ length: 2 * rows * 30 }, (_, i) => view[i % 30]!);
    for (const normalized of [false, true])
      for (const l1 of [false, true]) {
        const sums = await pairSums({ ...sizes, normalized, l1 }, input);
        expect([...sums]).toEqual(new Array(sums.length).fill(0));
      }
  });

  test('a zero vector stays zero: 0 from another one, 1 from any direction', async () => {
    const shape = { ...sizes, normalized: true, l1: false };
    const input = inputOf(shape, 4);
    const zeros = [0, 2, rows - 1];
    for (const view of zeros) input.fill(0, view * 30, (view + 1) * 30);
    const sums = await pairSums(shape, input);
    check(shape, input, sums);
    pairsOf(shape).forEach(([j, k], p) => {
      const count = [j, k].filter((view) => zeros.includes(view)).length;
      if (count === 2) expect(sums[p]).toBe(0);
      if (count === 1) expect(sums[p]).toBeCloseTo(1, 5);
    });
  });

  test('an image has the same bits alone and in any place of a batch, and each time', async () => {
    for (const normalized of [false, true]) {
      const shape = { ...sizes, images: 3, normalized, l1: false };
      const input = inputOf(shape, 5);
      const whole = await pairSums(shape, input);
      expect(bits(await pairSums(shape, input))).toEqual(bits(whole));
      const [from, to] = [input.length / 3, whole.length / 3];
      for (const image of [0, 2]) {
        const alone = await pairSums({ ...shape, images: 1 }, input.slice(image * from, (image + 1) * from));
        expect(bits(alone)).toEqual(bits(whole.slice(image * to, (image + 1) * to)));
      }
    }
  });

  test('a batch that is not full leaves the rest of the sums untouched', async () => {
    const shape = { ...sizes, images: 3, normalized: true, l1: false };
    const sums = await pairSums(shape, inputOf(shape, 6), { count: 2 });
    for (let p = 0; p < sums.length; p++) expect(isGarbage(sums, p)).toBe(p >= (2 * sums.length) / 3);
  });
});

describe.each([
  { rows: 10, positions: 1024, channels: 8 },
  { rows: 13, positions: 67, channels: 61 },
])('views that differ by a thousandth of their norm ($rows rows of $positions x $channels)', (size) => {
  test.each(['all', 'clean'] as const)('%s pairs: distances within 3e-4, with the norms of the GPU', async (pairs) => {
    const shape = { images: 1, ...size, pairs, normalized: true, l1: false };
    const length = size.positions * size.channels;
    const views = size.rows;
    const clean = values(length, 7, 0.5, 1.5);
    const noise = values(length * views, 8, -1, 1);
    // The noise of a view has the norm √(length / 3); its share of the view's norm is set to a thousandth.
    const norm = Math.sqrt(clean.reduce((sum, value) => sum + value * value, 0));
    const strength = (1e-3 * norm) / Math.sqrt(length / 3) / Math.SQRT2;
    const input = Float32Array.from(noise, (value, i) => clean[i % length]! + strength * value);
    const kernels = momentsKernels({ ...shape, first: 0 });
    const [, squares] = await runKernel(gpu, kernels.viewMoments, views, [
      padChannels(input, size.channels),
      { writes: kernels.sumsBytes / 4 },
      { writes: kernels.squaresBytes / 4 },
    ]);
    const [norms] = await runKernel(gpu, kernels.viewNorms, views, [
      squares!,
      { writes: kernels.normsBytes / 4 },
      new Uint32Array([views, 0, 0, 0]),
    ]);
    const found = await pairSums(shape, input, { norms: norms! });
    const { sums } = reference(shape, input);
    sums.forEach((sum, p) => {
      const distance = Math.sqrt(sum);
      expect(distance).toBeGreaterThan(5e-4);
      expect(distance).toBeLessThan(2e-3);
      expect(Math.abs(Math.sqrt(found[p]!) - distance) / distance).toBeLessThanOrEqual(3e-4);
    });
  });
});
