import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu, Workgroups } from '../../src/gpu/gpu.js';
import { convKernel, packConvWeights } from '../../src/kernels/conv.js';
import { type EpilogueParts, packChannels } from '../../src/kernels/epilogue.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { pointwiseKernel } from '../../src/kernels/pointwise.js';
import type { SizedKernel } from '../../src/kernels/sized-kernel.js';
import {
  packWinogradWeights,
  type WinogradShape,
  winogradInputKernel,
  winogradKernel,
} from '../../src/kernels/winograd.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const PLAIN: EpilogueParts = {
  bias: false,
  affine: false,
  relu: false,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};

/** views, height, width, channels, out */
const SHAPES: readonly (readonly [number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1],
  [3, 5, 7, 3, 5],
  [17, 3, 2, 12, 17],
  [2, 9, 4, 37, 33],
  [1, 11, 6, 64, 16],
];

function shapeOf([views, height, width, channels, out]: (typeof SHAPES)[number]): WinogradShape {
  return { views, height, width, channels, out };
}

const stored = (channels: number) => Math.ceil(channels / 4) * 4;

/** Rows of Bᵀ, G and Aᵀ (Lavin & Gray 2016, §4.1). */
const B = [
  [1, 0, -1, 0],
  [0, 1, 1, 0],
  [0, -1, 1, 0],
  [0, 1, 0, -1],
];
const G = [
  [1, 0, 0],
  [0.5, 0.5, 0.5],
  [0.5, -0.5, 0.5],
  [0, 0, 1],
];
const A = [
  [1, 1, 1, 0],
  [0, 1, -1, -1],
];
const absolute = (rows: readonly (readonly number[])[]) => rows.map((row) => row.map(Math.abs));

/** T x Tᵀ. */
function transform(rows: readonly (readonly number[])[], x: (i: number, j: number) => number): number[][] {
  return rows.map((left) =>
    rows.map((right) => left.reduce((sum, l, i) => sum + right.reduce((s, r, j) => s + l * r * x(i, j), 0), 0)),
  );
}

/** The direct sum in float64 of every output [views, H, W, out]. */
function reference({ views, height: H, width: W, channels: C, out: O }: WinogradShape, pixel: Pixel, weight: Weight) {
  const sums = new Float64Array(views * H * W * O);
  let at = 0;
  for (let b = 0; b < views; b++)
    for (let y = 0; y < H; y++)
      for (let x = 0; x < W; x++)
        for (let o = 0; o < O; o++, at++)
          for (let t = 0; t < 9; t++) {
            const [ky, kx] = [Math.floor(t / 3), t % 3];
            for (let c = 0; c < C; c++) sums[at]! += pixel(b, y + ky - 1, x + kx - 1, c) * weight(o, c, ky, kx);
          }
  return sums;
}

/** Σ |Aᵀ[u, i]| |Aᵀ[v, j]| Σ_c (|Bᵀ| |d| |B|)[i, j] (|G| |g| |Gᵀ|)[i, j] of every output. */
function scales({ views, height: H, width: W, channels: C, out: O }: WinogradShape, pixel: Pixel, weight: Weight) {
  const found = new Float64Array(views * H * W * O);
  const [b, g, a] = [absolute(B), absolute(G), absolute(A)];
  const filters = Array.from({ length: O }, (_, o) =>
    Array.from({ length: C }, (_, c) => transform(g, (i, j) => Math.abs(weight(o, c, i, j)))),
  );
  for (let view = 0; view < views; view++)
    for (let ty = 0; 2 * ty < H; ty++)
      for (let tx = 0; 2 * tx < W; tx++) {
        const patches = Array.from({ length: C }, (_, c) =>
          transform(b, (i, j) => Math.abs(pixel(view, 2 * ty + i - 1, 2 * tx + j - 1, c))),
        );
        for (let o = 0; o < O; o++) {
          const places = (i: number, j: number) =>
            patches.reduce((sum, patch, c) => sum + patch[i]![j]! * filters[o]![c]![i]![j]!, 0);
          const made = transform(a, places);
          for (let u = 0; u < 2 && 2 * ty + u < H; u++)
            for (let v = 0; v < 2 && 2 * tx + v < W; v++)
              found[((view * H + 2 * ty + u) * W + 2 * tx + v) * O + o] = made[u]![v]!;
        }
      }
  return found;
}

type Pixel = (view: number, y: number, x: number, c: number) => number;
type Weight = (o: number, c: number, ky: number, kx: number) => number;

function readers({ height: H, width: W, channels: C }: WinogradShape, input: Float32Array, weights: Float32Array) {
  const pixel: Pixel = (b, y, x, c) => (y < 0 || x < 0 || y >= H || x >= W ? 0 : input[((b * H + y) * W + x) * C + c]!);
  const weight: Weight = (o, c, ky, kx) => weights[((o * C + c) * 3 + ky) * 3 + kx]!;
  return [pixel, weight] as const;
}

interface Options {
  readonly parts?: EpilogueParts;
  readonly channels?: { bias?: Float32Array; scale?: Float32Array; shift?: Float32Array };
  readonly residual?: Float32Array;
  readonly count?: number;
  readonly change?: (sized: SizedKernel) => SizedKernel;
}

async function winograd(
  shape: WinogradShape,
  family: Family,
  input: Float32Array,
  weights: Float32Array,
  { parts = PLAIN, channels = {}, residual, count = shape.views, change = (sized) => sized }: Options = {},
): Promise<Float32Array> {
  const { views, height, width } = shape;
  const tiles = Math.ceil(height / 2) * Math.ceil(width / 2);
  const counts = new Uint32Array([count, 0, 0, 0]);
  const [patches] = await runKernel(gpu, change(winogradInputKernel(shape)), count, [
    padChannels(input, shape.channels),
    { writes: views * 16 * tiles * stored(shape.channels) },
    counts,
  ]);
  const [output] = await runKernel(gpu, change(winogradKernel(shape, parts, family)), count, [
    patches!,
    packWinogradWeights(weights, shape.out, shape.channels),
    packChannels(shape.out, channels),
    { writes: views * height * width * stored(shape.out) },
    counts,
    ...(residual ? [padChannels(residual, shape.out)] : []),
  ]);
  return output!;
}

/** The input is rounded twice, by two sums of two; the weights once; then C products one after another and nine sums. */
const roundings = (channels: number) => 2 + 1 + channels + 8;

// Each term of an output, A·A·V·U, passes n = C + 11 roundings of at most 2⁻²⁴: 2 in V, whose exact value is bounded by
// (|Bᵀ||d||B|); 1 in U, bounded by (|G||g||Gᵀ|); C in its product and the sums over c, the first of which adds to 0; 8 in
// the sum of the nine places that an output has (a factor of ±1 is exact, one of 0 adds ±0). So the error is at most
// n · 2⁻²⁴ · Σ|A||A| Σ_c (|Bᵀ||d||B|)(|G||g||Gᵀ|), and, as for every sum here, 2√n in place of n where that is less:
// roundings of either sign do not all add up. A line of |Bᵀ| sums to 2, of |G| to 1.5, of |Aᵀ| to 3: for values of one
// size that sum is 9 · 4 · 2.25 = 81 a channel, where the direct sum of nine products has 9.
describe.each(FAMILIES)('a convolution by Winograd, family %s', (family) => {
  test.each(SHAPES)(
    'views %i, %ix%i, %i to %i channels: within the error bound of its transforms and sums',
    async (...row) => {
      const shape = shapeOf(row);
      const { views, height, width, channels, out } = shape;
      const n = roundings(channels);
      for (const low of [-1, 0]) {
        const input = values(views * height * width * channels, 1, low);
        const weights = values(out * channels * 9, 2, low);
        const output = await winograd(shape, family, input, weights);
        const read = readers(shape, input, weights);
        const [sums, sizes] = [reference(shape, ...read), scales(shape, ...read)];
        let worst = 0;
        for (let i = 0; i < sums.length; i++) {
          const value = output[Math.floor(i / out) * stored(out) + (i % out)]!;
          const error = Math.abs(value - sums[i]!);
          worst = Math.max(worst, error === 0 ? 0 : error / (Math.min(n, 2 * Math.sqrt(n)) * 2 ** -24 * sizes[i]!));
        }
        expect(worst).toBeLessThanOrEqual(1);
        for (let i = 0; i < output.length; i++) if (i % stored(out) >= out) expect(output[i]).toBe(0);
      }
    },
  );

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const shape = { views: 19, height: 5, width: 4, channels: 6, out: 20 };
    const input = values(19 * 5 * 4 * 6, 3);
    const weights = values(20 * 6 * 9, 4);
    const whole = await winograd(shape, family, input, weights);
    expect(bits(await winograd(shape, family, input, weights))).toEqual(bits(whole));
    const size = whole.length / 19;
    for (const view of [0, 7, 18]) {
      const alone = await winograd({ ...shape, views: 1 }, family, input.slice(view * 120, (view + 1) * 120), weights);
      expect(bits(alone)).toEqual(bits(whole.slice(view * size, (view + 1) * size)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const shape = { views: 9, height: 3, width: 3, channels: 4, out: 4 };
    const output = await winograd(shape, family, values(9 * 9 * 4, 5), values(4 * 4 * 9, 6), { count: 5 });
    const words = bits(output);
    expect(words.subarray(5 * 36).every((word) => word === 0x7fc00bad)).toBe(true);
    expect(words.subarray(0, 5 * 36).every((word) => word !== 0x7fc00bad)).toBe(true);
  });

  test('the epilogue gives the bits of an epilogue after it', async () => {
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    const shape = { views: 4, height: 3, width: 3, channels: 5, out: 7 };
    const [input, weights] = [values(4 * 9 * 5, 7), values(7 * 5 * 9, 8)];
    const channels = { bias: values(7, 9), scale: values(7, 10), shift: values(7, 11) };
    const residual = values(4 * 9 * 7, 12);
    const plain = await winograd(shape, family, input, weights);
    for (const parts of [
      { ...PLAIN, bias: true, affine: true, relu: true, residual: true, reluAfterAdd: true },
      { ...PLAIN, bias: true, gelu: true },
    ]) {
      const added = parts.residual ? { residual } : {};
      const fused = await winograd(shape, family, input, weights, { parts, channels, ...added });
      const [after] = await runKernel(gpu, pointwiseKernel({ views: 4, positions: 9, channels: 7 }, parts), 4, [
        plain,
        packChannels(7, channels),
        { writes: plain.length },
        ...(parts.residual ? [padChannels(residual, 7)] : []),
      ]);
      expect(bits(fused)).toEqual(bits(after!));
    }
  });

  test('a NaN in the input reaches every output that reads it', async () => {
    const shape = { views: 1, height: 6, width: 6, channels: 4, out: 4 };
    const input = values(144, 13);
    input[0] = Number.NaN;
    const output = await winograd(shape, family, input, values(144, 14), { parts: { ...PLAIN, relu: true } });
    for (const p of [0, 1, 6, 7]) expect(output[p * 4]).toBeNaN();
    expect(output[(3 * 6 + 3) * 4]).not.toBeNaN();
  });

  test('a grid that is split over two dimensions changes no bit', async () => {
    const shape = { views: 33, height: 6, width: 7, channels: 5, out: 36 };
    const [input, weights] = [values(33 * 42 * 5, 31), values(36 * 5 * 9, 32)];
    const change = (sized: SizedKernel): SizedKernel => ({
      ...sized,
      grid(views): Workgroups {
        const [x, y, z] = sized.grid(views);
        const flat = family === 'quad' || sized.kernel.bindings.length === 3;
        return flat ? [Math.ceil(x / 4), 4 * y, z] : [Math.ceil(x / 2), y, 2 * z];
      },
    });
    const whole = await winograd(shape, family, input, weights);
    expect(bits(await winograd(shape, family, input, weights, { change }))).toEqual(bits(whole));
  });

  test('its grids stay within what every adapter allows', () => {
    for (const [views, side] of [
      [1, 1024],
      [320, 256],
      [4096, 112],
    ] as const) {
      const shape = { views, height: side, width: side, channels: 4, out: 64 };
      for (const sized of [winogradInputKernel(shape), winogradKernel(shape, PLAIN, family)])
        for (const count of sized.grid(views)) expect(count).toBeLessThanOrEqual(65_535);
    }
  });
});

test.each(SHAPES)('views %i, %ix%i, %i to %i channels: the families agree in every bit', async (...row) => {
  if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
  const shape = shapeOf(row);
  const input = values(shape.views * shape.height * shape.width * shape.channels, 21);
  const weights = values(shape.out * shape.channels * 9, 22);
  const outputs = [];
  for (const family of FAMILIES) outputs.push(await winograd(shape, family, input, weights));
  for (const output of outputs) expect(bits(output)).toEqual(bits(outputs[0]!));
  await recordBits(`winograd ${row.join(' ')}`, outputs[0]!);
});

test('where every value is a small whole number it gives the bits of the direct convolution', async () => {
  const shape = { views: 2, height: 7, width: 5, channels: 8, out: 8 };
  const input = values(2 * 35 * 8, 41, -8, 8).map(Math.round);
  const weights = values(8 * 8 * 9, 42, -8, 8).map((value) => 4 * Math.round(value));
  const [direct] = await runKernel(
    gpu,
    convKernel({ ...shape, kernel: 3, stride: 1, padding: 1 }, PLAIN, 'register'),
    2,
    [
      padChannels(input, 8),
      packConvWeights(weights, 8, 8, 3),
      packChannels(8, {}),
      { writes: 2 * 35 * 8 },
      new Uint32Array([2, 0, 0, 0]),
    ],
  );
  const found = await winograd(shape, 'register', input, weights);
  expect(Array.from(found, (value) => value + 0)).toEqual(Array.from(direct!, (value) => value + 0));
});
