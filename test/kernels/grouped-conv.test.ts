import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { convKernel, convOutput, packConvWeights } from '../../src/kernels/conv.js';
import { type EpilogueParts, packChannels } from '../../src/kernels/epilogue.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { type GroupedConvShape, groupedConvKernel, packGroupedConvWeights } from '../../src/kernels/grouped-conv.js';
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

/** views, height, width, channels, out, kernel, stride, padding, groups */
const SHAPES: readonly (readonly [number, number, number, number, number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1, 1, 1, 0, 1],
  [3, 4, 5, 8, 8, 3, 1, 1, 2],
  [2, 7, 7, 128, 128, 3, 2, 1, 32], // ResNeXt 32×4d
  [1, 5, 4, 16, 40, 3, 1, 1, 2],
  [2, 6, 5, 24, 24, 5, 1, 2, 24], // depthwise
  [1, 6, 5, 7, 7, 3, 2, 1, 7],
  [1, 3, 4, 5, 15, 3, 1, 1, 5],
  [3, 5, 3, 9, 6, 3, 1, 1, 3],
  [1, 4, 4, 15, 6, 3, 1, 0, 3],
  [2, 3, 3, 20, 12, 1, 1, 0, 4],
  [1, 5, 5, 8, 6, 3, 1, 1, 2],
  [65, 1, 1, 6, 10, 1, 1, 0, 2],
  [1, 13, 5, 4, 4, 3, 1, 1, 1],
];

function shapeOf([views, height, width, channels, out, kernel, stride, padding, groups]: (typeof SHAPES)[number]) {
  return { views, height, width, channels, out, kernel, stride, padding, groups } satisfies GroupedConvShape;
}

const stored = (channels: number) => Math.ceil(channels / 4) * 4;
const inputOf = (s: GroupedConvShape, seed: number, low = -1) =>
  values(s.views * s.height * s.width * s.channels, seed, low);
const weightsOf = (s: GroupedConvShape, seed: number, low = -1) =>
  values((s.out * s.channels * s.kernel ** 2) / s.groups, seed, low);

/** Sums, and sums of magnitudes, in float64: [views, OH, OW, out]. */
function reference(shape: GroupedConvShape, input: Float32Array, weights: Float32Array) {
  const { height: H, width: W, channels: C, out: O, kernel: K, stride, padding, groups } = shape;
  const { height: OH, width: OW } = convOutput(shape);
  const [from, to] = [C / groups, O / groups];
  const found: { value: number; scale: number }[] = [];
  for (let b = 0; b < shape.views; b++)
    for (let oy = 0; oy < OH; oy++)
      for (let ox = 0; ox < OW; ox++)
        for (let o = 0; o < O; o++) {
          let [value, scale] = [0, 0];
          for (let ky = 0; ky < K; ky++)
            for (let kx = 0; kx < K; kx++)
              for (let c = 0; c < from; c++) {
                const [y, x] = [oy * stride + ky - padding, ox * stride + kx - padding];
                if (y < 0 || x < 0 || y >= H || x >= W) continue;
                const channel = Math.floor(o / to) * from + c;
                const product =
                  input[((b * H + y) * W + x) * C + channel]! * weights[((o * from + c) * K + ky) * K + kx]!;
                value += product;
                scale += Math.abs(product);
              }
          found.push({ value, scale });
        }
  return found;
}

interface Epilogue {
  readonly parts?: EpilogueParts;
  readonly channels?: { bias?: Float32Array; scale?: Float32Array; shift?: Float32Array };
  readonly residual?: Float32Array;
}

async function grouped(
  shape: GroupedConvShape,
  family: Family,
  input: Float32Array,
  weights: Float32Array,
  { parts = PLAIN, channels = {}, residual }: Epilogue = {},
  count = shape.views,
): Promise<Float32Array> {
  const { height, width } = convOutput(shape);
  const [output] = await runKernel(gpu, groupedConvKernel(shape, parts, family), count, [
    padChannels(input, shape.channels),
    packGroupedConvWeights(weights, shape.out, shape.channels / shape.groups, shape.kernel),
    packChannels(shape.out, channels),
    { writes: shape.views * height * width * stored(shape.out) },
    new Uint32Array([count, 0, 0, 0]),
    ...(residual ? [padChannels(residual, shape.out)] : []),
  ]);
  return output!;
}

test.each(SHAPES)(
  'views %i, %ix%i, %i to %i channels, kernel %i/%i, padding %i, %i groups: within the bound of its products, in one way by all families',
  async (...row) => {
    const shape = shapeOf(row);
    const terms = (shape.channels / shape.groups) * shape.kernel ** 2;
    for (const low of [-1, 0]) {
      const [input, weights] = [inputOf(shape, 1, low), weightsOf(shape, 2, low)];
      const output = await grouped(shape, 'quad', input, weights);
      if (gpu.facts.kind !== 'hardware') {
        expect(bits(await grouped(shape, 'register', input, weights))).toEqual(bits(output));
      }
      let worst = 0;
      reference(shape, input, weights).forEach(({ value, scale }, i) => {
        const error = Math.abs(output[Math.floor(i / shape.out) * stored(shape.out) + (i % shape.out)]! - value);
        worst = Math.max(worst, error === 0 ? 0 : error / scale);
      });
      expect(worst).toBeLessThanOrEqual((terms * 2 ** -24) / (1 - terms * 2 ** -24));
      for (let i = 0; i < output.length; i++) if (i % stored(shape.out) >= shape.out) expect(output[i]).toBe(0);
      if (low === -1) await recordBits(`grouped ${row.join(' ')}`, output);
    }
  },
);

test('one group gives the bits of the convolution, and equal groups those of one convolution each', async () => {
  if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c in one of them
  const whole = { views: 3, height: 5, width: 4, channels: 12, out: 8, kernel: 3, stride: 1, padding: 1 };
  const input = values(3 * 20 * 12, 3);
  const weights = values(8 * 6 * 9, 4); // two groups of 6 > 4
  const both = await grouped({ ...whole, groups: 2 }, 'register', input, weights);
  for (const group of [0, 1]) {
    const shape = { ...whole, channels: 6, out: 4 };
    const part = input.filter((_, i) => Math.floor((i % 12) / 6) === group);
    const own = weights.slice(group * 216, (group + 1) * 216);
    const alone = await grouped({ ...shape, groups: 1 }, 'register', part, own);
    const [conv] = await runKernel(gpu, convKernel(shape, PLAIN, 'register'), 3, [
      padChannels(part, 6),
      packConvWeights(own, 4, 6, 3),
      packChannels(4, {}),
      { writes: 3 * 20 * 4 },
      new Uint32Array([3, 0, 0, 0]),
    ]);
    expect(bits(alone)).toEqual(bits(conv!));
    expect(bits(both.filter((_, i) => Math.floor((i % 8) / 4) === group))).toEqual(bits(conv!));
  }
});

describe.each([
  ['quad', 'groups of 8', [17, 5, 4, 16, 8, 3, 1, 1, 2]],
  ['register', 'groups of 8', [17, 5, 4, 16, 8, 3, 1, 1, 2]],
  ['register', 'groups of 3', [17, 5, 4, 9, 6, 3, 1, 1, 3]],
] as const)('family %s, %s', (family, _, row) => {
  const shape = shapeOf(row);

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const [input, weights] = [inputOf(shape, 5), weightsOf(shape, 6)];
    const whole = await grouped(shape, family, input, weights);
    expect(bits(await grouped(shape, family, input, weights))).toEqual(bits(whole));
    const [from, to] = [input.length / 17, whole.length / 17];
    for (const view of [0, 7, 16]) {
      const alone = await grouped({ ...shape, views: 1 }, family, input.slice(view * from, (view + 1) * from), weights);
      expect(bits(alone)).toEqual(bits(whole.slice(view * to, (view + 1) * to)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const output = bits(await grouped(shape, family, inputOf(shape, 7), weightsOf(shape, 8), {}, 9));
    const end = (9 * output.length) / 17;
    expect(output.subarray(end).every((word) => word === 0x7fc00bad)).toBe(true);
    expect(output.subarray(0, end).every((word) => word !== 0x7fc00bad)).toBe(true);
  });

  test('the epilogue follows the sum, and a NaN passes through it to its own group alone', async () => {
    const [input, weights] = [inputOf(shape, 9), weightsOf(shape, 10)];
    const { out, groups } = shape;
    const channels = { bias: values(out, 11), scale: values(out, 12), shift: values(out, 13) };
    const residual = values(17 * 20 * out, 14);
    const parts = { ...PLAIN, bias: true, affine: true, relu: true, residual: true, reluAfterAdd: true };
    const sums = reference(shape, input, weights);
    const check = (output: Float32Array, lost: (i: number) => boolean) =>
      sums.forEach(({ value }, i) => {
        const o = i % out;
        const clipped = Math.max((value + channels.bias[o]!) * channels.scale[o]! + channels.shift[o]!, 0);
        const found = output[Math.floor(i / out) * stored(out) + o]!;
        if (lost(i)) expect(found).toBeNaN();
        // Some 80 products and 5 more roundings of numbers below 100.
        else expect(Math.abs(found - Math.max(clipped + residual[i]!, 0))).toBeLessThan(85 * 100 * 2 ** -24);
      });
    check(await grouped(shape, family, input, weights, { parts, channels, residual }), () => false);
    input[0] = Number.NaN; // view 0, the first pixel, group 0
    check(await grouped(shape, family, input, weights, { parts, channels, residual }), (i) => {
      const [position, o] = [Math.floor(i / out), i % out];
      return position < 20 && position % 4 < 2 && position < 8 && o < out / groups;
    });
  });
});

test('grids stay within what every adapter allows', () => {
  const shape = {
    views: 320,
    height: 1024,
    width: 1024,
    channels: 8,
    out: 8,
    kernel: 3,
    stride: 1,
    padding: 1,
  };
  for (const groups of [2, 8])
    for (const family of FAMILIES)
      for (const count of groupedConvKernel({ ...shape, groups }, PLAIN, family).grid(320))
        expect(count).toBeLessThanOrEqual(65_535);
});
