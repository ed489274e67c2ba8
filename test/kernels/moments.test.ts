import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { type MomentsShape, momentsKernels } from '../../src/kernels/moments.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

interface Moments {
  /** [images, stored channels]. */
  readonly mu: Float32Array;
  /** [views] of (squared norm, how many partial sums met a value that is not finite). */
  readonly norms: Float32Array;
}

/** Runs the three kernels in a row over the first `count` images. */
async function moments(shape: MomentsShape, input: Float32Array, count = shape.images): Promise<Moments> {
  const kernels = momentsKernels(shape);
  const views = count * shape.rows;
  const [sums, squares] = await runKernel(gpu, kernels.viewMoments, views, [
    padChannels(input, shape.channels),
    { writes: kernels.sumsBytes / 4 },
    { writes: kernels.squaresBytes / 4 },
  ]);
  const [mu] = await runKernel(gpu, kernels.unitMeans, count, [sums!, { writes: kernels.muBytes / 4 }]);
  const [norms] = await runKernel(gpu, kernels.viewNorms, views, [
    squares!,
    { writes: kernels.normsBytes / 4 },
    new Uint32Array([views, 0, 0, 0]),
  ]);
  return { mu: mu!, norms: norms! };
}

function inputOf({ images, rows, positions, channels }: MomentsShape, seed: number, low = -1, high = 1): Float32Array {
  return values(images * rows * positions * channels, seed, low, high);
}

type Row = readonly [images: number, rows: number, first: number, positions: number, channels: number];

/** images, rows, rows that are no views, positions, channels. Slices hold 64 positions, workgroups 64 sums. */
const SHAPES: readonly Row[] = [
  [1, 1, 0, 1, 1],
  [2, 2, 0, 2, 3],
  [2, 3, 1, 63, 4],
  [3, 10, 0, 64, 5],
  [2, 11, 1, 65, 7],
  [1, 17, 0, 127, 3],
  [2, 2, 1, 128, 12],
  [1, 3, 0, 129, 16],
  [1, 2, 0, 1024, 8],
  [2, 5, 0, 7, 252],
  [2, 2, 0, 4, 256],
  [3, 2, 1, 1, 257],
];

const shapeOf = ([images, rows, first, positions, channels]: Row): MomentsShape => ({
  images,
  rows,
  first,
  positions,
  channels,
});

describe.each(SHAPES)('images %i, rows %i, %i of them no view, %i positions, %i channels', (...row) => {
  const shape = shapeOf(row);
  const { images, rows, first, positions, channels } = shape;
  const stored = Math.ceil(channels / 4) * 4;
  const slices = Math.ceil(positions / 64);
  const slice = Math.ceil(positions / slices);

  test.each([
    [-1, 1],
    [0, 1],
    [-1e15, 1e15],
    [1e-15, 1e-14],
  ])('values from %d to %d: means and squared norms within the rounding of their sums', async (low, high) => {
    const input = inputOf(shape, 1, low, high);
    const { mu, norms } = await moments(shape, input);
    const at = (view: number, p: number, c: number) => input[(view * positions + p) * channels + c]!;
    for (let i = 0; i < images; i++)
      for (let c = 0; c < stored; c++) {
        const found = mu[i * stored + c]!;
        if (c >= channels) {
          expect(found).toBe(0);
          continue;
        }
        let sum = 0;
        let absolute = 0;
        for (let view = i * rows + first; view < (i + 1) * rows; view++)
          for (let p = 0; p < positions; p++) {
            sum += at(view, p, c);
            absolute += Math.abs(at(view, p, c));
          }
        const count = (rows - first) * positions;
        // Half an ulp of what is added up for each addition, and WGSL's 2.5 ulp for a division.
        const bound = ((slice + (rows - first) * slices + 5) * 2 ** -24 * absolute) / count;
        expect(Math.abs(found - sum / count)).toBeLessThanOrEqual(bound);
      }
    for (let view = 0; view < images * rows; view++) {
      let square = 0;
      for (let p = 0; p < positions; p++) for (let c = 0; c < channels; c++) square += at(view, p, c) ** 2;
      // A product and an addition for each value of a slice, then four interleaved sums and two levels.
      const steps = 4 * slice + 1 + Math.ceil((slices * stored) / 16) + 2;
      expect(Math.abs(norms[2 * view]! - square)).toBeLessThanOrEqual(steps * 2 ** -24 * square);
      expect(norms[2 * view + 1]).toBe(0);
    }
    if (low === -1) {
      await recordBits(`mu ${row.join(' ')}`, mu);
      await recordBits(`norms ${row.join(' ')}`, norms);
    }
  });
});

test('a row that is no view has a norm, and no part in the means', async () => {
  const shape = { images: 2, rows: 3, first: 1, positions: 5, channels: 4 };
  const input = inputOf(shape, 2);
  const other = input.slice();
  for (const view of [0, 3]) other.fill(1e9, view * 20, (view + 1) * 20);
  const [a, b] = [await moments(shape, input), await moments(shape, other)];
  expect(bits(b.mu)).toEqual(bits(a.mu));
  expect(b.norms[0]).toBeCloseTo(2e19, -16);
});

/** stored positions, first of those read, how many */
const RANGES = [
  [5, 0, 1],
  [5, 4, 1],
  [70, 1, 69],
  [257, 5, 252],
  [197, 0, 1],
] as const;

describe.each(RANGES)('of %i stored positions those from %i on, %i of them', (stored, offset, positions) => {
  const channels = 6;
  const sizes = { images: 2, rows: 3, first: 1, channels };
  const input = values(6 * stored * channels, 9);
  const read = Float32Array.from({ length: 6 * positions * channels }, (_, i) => {
    const [view, e] = [Math.floor(i / (positions * channels)), i % (positions * channels)];
    return input[(view * stored + offset) * channels + e]!;
  });
  const ranged = { ...sizes, positions, range: { stored, offset } };

  test('have the bits of a tap that holds these alone', async () => {
    const [found, alone] = [await moments(ranged, input), await moments({ ...sizes, positions }, read)];
    expect([bits(found.mu), bits(found.norms)]).toEqual([bits(alone.mu), bits(alone.norms)]);
    await recordBits(`range ${stored} ${offset} ${positions}`, found.mu);
  });

  test('means and squared norms are those of a float64 loop', async () => {
    const { mu, norms } = await moments(ranged, input);
    for (let view = 0; view < 6; view++) {
      let square = 0;
      for (let p = offset; p < offset + positions; p++)
        for (let c = 0; c < channels; c++) square += input[(view * stored + p) * channels + c]! ** 2;
      expect(Math.abs(norms[2 * view]! - square)).toBeLessThanOrEqual(8 * positions * 2 ** -24 * square);
    }
    for (let i = 0; i < 2; i++)
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        for (const view of [3 * i + 1, 3 * i + 2])
          for (let p = offset; p < offset + positions; p++) sum += input[(view * stored + p) * channels + c]!;
        // Values are below 1, so the sum of what is added up is below the number of values.
        expect(Math.abs(mu[i * 8 + c]! - sum / (2 * positions))).toBeLessThanOrEqual((2 * positions + 8) * 2 ** -24);
      }
  });

  test('what is not finite is seen within them, and left alone beside them', async () => {
    const marks = async (view: number, p: number) => {
      const spoilt = input.slice();
      spoilt[(view * stored + p) * channels + 2] = Number.NaN;
      const { norms } = await moments(ranged, spoilt);
      return Array.from({ length: 6 }, (_, v) => v).filter((v) => norms[2 * v + 1]! > 0);
    };
    expect(await marks(4, offset)).toEqual([4]);
    expect(await marks(1, offset + positions - 1)).toEqual([1]);
    if (offset > 0) expect(await marks(2, offset - 1)).toEqual([]);
    if (offset + positions < stored) expect(await marks(2, offset + positions)).toEqual([]);
  });
});

describe('a batch', () => {
  const shape = { images: 5, rows: 3, first: 0, positions: 67, channels: 6 };
  const input = inputOf(shape, 3);
  const perImage = input.length / 5;

  test('an image has the same bits alone and in any place of it, and each time', async () => {
    const whole = await moments(shape, input);
    const again = await moments(shape, input);
    expect([bits(again.mu), bits(again.norms)]).toEqual([bits(whole.mu), bits(whole.norms)]);
    for (const image of [0, 2, 4]) {
      const alone = await moments({ ...shape, images: 1 }, input.slice(image * perImage, (image + 1) * perImage));
      expect(bits(alone.mu)).toEqual(bits(whole.mu.slice(image * 8, (image + 1) * 8)));
      expect(bits(alone.norms)).toEqual(bits(whole.norms.slice(image * 6, (image + 1) * 6)));
    }
  });

  test('that is not full leaves the rest of the results untouched', async () => {
    const { mu, norms } = await moments(shape, input, 2);
    for (let i = 0; i < mu.length; i++) expect(isGarbage(mu, i)).toBe(i >= 2 * 8);
    for (let i = 0; i < norms.length; i++) expect(isGarbage(norms, i)).toBe(i >= 2 * 6);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%d marks exactly the views that hold it, wherever it stands',
    async (value) => {
      for (const places of [
        [[0, 0, 0]],
        [[14, 66, 5]],
        [
          [3, 33, 1],
          [4, 34, 2],
          [4, 0, 5],
        ],
        [
          [7, 66, 0],
          [9, 63, 3],
          [11, 64, 4],
        ],
      ] as const) {
        const spoilt = input.slice();
        for (const [view, p, c] of places) spoilt[(view * 67 + p) * 6 + c] = value;
        const { norms } = await moments(shape, spoilt);
        const marked = Array.from({ length: 15 }, (_, view) => view).filter((view) => norms[2 * view + 1]! > 0);
        expect(marked).toEqual([...new Set(places.map(([view]) => view))]);
      }
    },
  );

  test('the largest finite values, whose squares overflow, are not taken for infinities', async () => {
    const { norms } = await moments(
      shape,
      input.map((value) => Math.sign(value) * 3.4e38),
    );
    for (let view = 0; view < 15; view++) expect(norms[2 * view + 1]).toBe(0);
  });
});
