import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu, Workgroups } from '../../src/gpu/gpu.js';
import { type ConvShape, convKernel, convOutput, packConvWeights } from '../../src/kernels/conv.js';
import { type EpilogueParts, packChannels } from '../../src/kernels/epilogue.js';
import { FAMILIES, type Family } from '../../src/kernels/family.js';
import { pointwiseKernel } from '../../src/kernels/pointwise.js';
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

/** views, height, width, channels, out, kernel, stride, padding */
const SHAPES: readonly (readonly [number, number, number, number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1, 1, 1, 0],
  [1, 1, 1, 4, 4, 3, 1, 1],
  [3, 5, 7, 3, 5, 3, 1, 1],
  [15, 2, 2, 8, 15, 3, 1, 1],
  [16, 3, 2, 7, 16, 3, 1, 1],
  [17, 4, 4, 12, 17, 3, 1, 1],
  [2, 8, 8, 16, 33, 3, 2, 1],
  [5, 9, 11, 3, 31, 7, 2, 3],
  [7, 6, 5, 13, 64, 1, 2, 0],
  [2, 13, 13, 5, 8, 5, 3, 2],
  [63, 1, 1, 65, 63, 1, 1, 0],
  [64, 1, 1, 256, 64, 1, 1, 0],
  [65, 1, 1, 1031, 65, 1, 1, 0],
  [3, 2, 2, 512, 6, 3, 1, 1],
  [9, 5, 4, 6, 8, 3, 1, 2],
  [2, 3, 3, 4, 5, 1, 1, 2],
  // Several positions of a line at once, at its ends and inside.
  [2, 12, 13, 3, 9, 3, 1, 1],
  [2, 12, 13, 20, 9, 3, 1, 1],
  [1, 6, 40, 17, 5, 3, 1, 1],
  [1, 20, 75, 3, 4, 7, 2, 3],
  // Patch embeddings: kernel = stride.
  [5, 6, 8, 3, 6, 2, 2, 0],
  [3, 12, 8, 3, 8, 4, 4, 0],
  [2, 17, 25, 3, 5, 8, 8, 0],
  [3, 28, 14, 3, 9, 14, 14, 0],
  [1, 32, 48, 3, 12, 16, 16, 0],
  // Tokens: the rows of all views in one dimension.
  [1, 197, 1, 12, 20, 1, 1, 0],
  [3, 65, 1, 20, 16, 1, 1, 0],
  [2, 5, 1, 64, 33, 1, 1, 0],
];

function shapeOf([views, height, width, channels, out, kernel, stride, padding]: (typeof SHAPES)[number]): ConvShape {
  return { views, height, width, channels, out, kernel, stride, padding };
}

/** The sum in float64, and the sum of absolute products, for every output [views, OH, OW, out]. */
function reference(shape: ConvShape, input: Float32Array, weights: Float32Array) {
  const { height: H, width: W, channels: C, out: O, kernel: K, stride, padding } = shape;
  const { height: OH, width: OW } = convOutput(shape);
  const sums = new Float64Array(shape.views * OH * OW * O);
  const scales = new Float64Array(sums.length);
  let at = 0;
  for (let b = 0; b < shape.views; b++)
    for (let oy = 0; oy < OH; oy++)
      for (let ox = 0; ox < OW; ox++)
        for (let o = 0; o < O; o++, at++) {
          let sum = 0;
          let scale = 0;
          for (let ky = 0; ky < K; ky++)
            for (let kx = 0; kx < K; kx++) {
              const y = oy * stride + ky - padding;
              const x = ox * stride + kx - padding;
              if (y < 0 || x < 0 || y >= H || x >= W) continue;
              for (let c = 0; c < C; c++) {
                const product =
                  (input[((b * H + y) * W + x) * C + c] as number) *
                  (weights[((o * C + c) * K + ky) * K + kx] as number);
                sum += product;
                scale += Math.abs(product);
              }
            }
          sums[at] = sum;
          scales[at] = scale;
        }
  return { sums, scales };
}

async function conv(
  shape: ConvShape,
  family: Family,
  input: Float32Array,
  weights: Float32Array,
  { parts = PLAIN, channels = {}, residual }: Epilogue = {},
  count = shape.views,
): Promise<Float32Array> {
  const { height, width } = convOutput(shape);
  const stored = Math.ceil(shape.out / 4) * 4;
  const [output] = await runKernel(gpu, convKernel(shape, parts, family), count, [
    padChannels(input, shape.channels),
    packConvWeights(weights, shape.out, shape.channels, shape.kernel),
    packChannels(shape.out, channels),
    { writes: shape.views * height * width * stored },
    new Uint32Array([count, 0, 0, 0]),
    ...(residual ? [padChannels(residual, shape.out)] : []),
  ]);
  return output as Float32Array;
}

interface Epilogue {
  readonly parts?: EpilogueParts;
  readonly channels?: { bias?: Float32Array; scale?: Float32Array; shift?: Float32Array };
  readonly residual?: Float32Array;
}

describe.each(FAMILIES)('convolution, family %s', (family) => {
  test.each(SHAPES)(
    'views %i, %ix%i, %i to %i channels, kernel %i/%i, padding %i: within the error bound of K products',
    async (...row) => {
      const shape = shapeOf(row);
      const inputs = shape.views * shape.height * shape.width * shape.channels;
      const count = shape.out * shape.channels * shape.kernel ** 2;
      const terms = shape.channels * shape.kernel ** 2;
      for (const low of [-1, 0]) {
        const input = values(inputs, 1, low);
        const weights = values(count, 2, low);
        const output = await conv(shape, family, input, weights);
        const { sums, scales } = reference(shape, input, weights);
        const stored = Math.ceil(shape.out / 4) * 4;
        const bound = Math.min(terms, 2 * Math.sqrt(terms)) * 2 ** -24;
        let worst = 0;
        for (let i = 0; i < sums.length; i++) {
          const value = output[Math.floor(i / shape.out) * stored + (i % shape.out)] as number;
          const error = Math.abs(value - (sums[i] as number));
          // One rounding of the result itself stands beside those of the sum: it is all there is for K = 1.
          worst = Math.max(worst, error === 0 ? 0 : error / ((scales[i] as number) * bound));
        }
        expect(worst).toBeLessThanOrEqual(1);
        for (let i = 0; i < output.length; i++) if (i % stored >= shape.out) expect(output[i]).toBe(0);
      }
    },
  );

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const shape = { views: 19, height: 5, width: 4, channels: 6, out: 20, kernel: 3, stride: 1, padding: 1 };
    const input = values(19 * 5 * 4 * 6, 3);
    const weights = values(20 * 6 * 9, 4);
    const whole = await conv(shape, family, input, weights);
    expect(bits(await conv(shape, family, input, weights))).toEqual(bits(whole));
    const size = whole.length / 19;
    for (const view of [0, 7, 18]) {
      const alone = await conv({ ...shape, views: 1 }, family, input.slice(view * 120, (view + 1) * 120), weights);
      expect(bits(alone)).toEqual(bits(whole.slice(view * size, (view + 1) * size)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const shape = { views: 9, height: 2, width: 3, channels: 4, out: 4, kernel: 3, stride: 1, padding: 1 };
    const output = await conv(shape, family, values(9 * 6 * 4, 5), values(4 * 4 * 9, 6), {}, 5);
    const words = bits(output);
    expect(words.subarray(5 * 24).every((word) => word === 0x7fc00bad)).toBe(true);
    expect(words.subarray(0, 5 * 24).every((word) => word !== 0x7fc00bad)).toBe(true);
  });

  test('the epilogue adds bias, scales and shifts, clips, adds the residual and clips again', async () => {
    const shape = { views: 4, height: 3, width: 3, channels: 5, out: 7, kernel: 3, stride: 1, padding: 1 };
    const input = values(4 * 9 * 5, 7);
    const weights = values(7 * 5 * 9, 8);
    const channels = { bias: values(7, 9), scale: values(7, 10), shift: values(7, 11) };
    const residual = values(4 * 9 * 7, 12);
    const { sums } = reference(shape, input, weights);
    for (const mask of [1, 2, 4, 8, 16, 3, 7, 15, 27, 31]) {
      const parts = {
        bias: (mask & 1) !== 0,
        affine: (mask & 2) !== 0,
        relu: (mask & 4) !== 0,
        gelu: false,
        residual: (mask & 8) !== 0,
        reluAfterAdd: (mask & 16) !== 0,
      };
      const output = await conv(shape, family, input, weights, {
        parts,
        channels,
        ...(parts.residual ? { residual } : {}),
      });
      for (let i = 0; i < sums.length; i++) {
        const o = i % 7;
        let want = sums[i] as number;
        if (parts.bias) want += channels.bias[o] as number;
        if (parts.affine) want = want * (channels.scale[o] as number) + (channels.shift[o] as number);
        if (parts.relu) want = Math.max(want, 0);
        if (parts.residual) want += residual[i] as number;
        if (parts.reluAfterAdd) want = Math.max(want, 0);
        expect(Math.abs((output[Math.floor(i / 7) * 8 + o] as number) - want)).toBeLessThan(2e-6);
      }
    }
  });

  test('GELU in the epilogue gives the bits of GELU after it', async () => {
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    const shape = { views: 5, height: 2, width: 3, channels: 5, out: 7, kernel: 1, stride: 1, padding: 0 };
    const [input, weights] = [values(5 * 6 * 5, 23, -3, 3), values(7 * 5, 24)];
    const channels = { bias: values(7, 25) };
    const biased = { ...PLAIN, bias: true };
    const fused = await conv(shape, family, input, weights, { parts: { ...biased, gelu: true }, channels });
    const linear = await conv(shape, family, input, weights, { parts: biased, channels });
    const [after] = await runKernel(
      gpu,
      pointwiseKernel({ views: 5, positions: 6, channels: 7 }, { ...PLAIN, gelu: true }),
      5,
      [linear, packChannels(7, {}), { writes: linear.length }],
    );
    expect(bits(fused)).toEqual(bits(after!));
    if (family === 'quad') await recordBits('conv gelu', fused);
  });

  test('a NaN in the input reaches every output that reads it, through ReLU and GELU', async () => {
    const shape = { views: 1, height: 4, width: 4, channels: 4, out: 4, kernel: 3, stride: 1, padding: 1 };
    const input = values(64, 13);
    input[0] = Number.NaN;
    for (const activation of ['relu', 'gelu']) {
      const output = await conv(shape, family, input, values(144, 14), { parts: { ...PLAIN, [activation]: true } });
      const lost = Array.from({ length: 16 }, (_, p) => Number.isNaN(output[p * 4]));
      expect(lost).toEqual(Array.from({ length: 16 }, (_, p) => p % 4 < 2 && p < 8));
    }
  });
});

describe('grids', () => {
  const most = 65_535;

  test.each(FAMILIES)('of family %s stay within what every adapter allows, for maps of any size', (family) => {
    const deep = { channels: 4, out: 64, stride: 1 };
    for (const [views, side] of [
      [1, 256],
      [1, 1024],
      [320, 256],
      [4096, 112],
    ] as const)
      for (const [kernel, padding] of [
        [1, 0],
        [3, 1],
      ] as const) {
        const shape = { ...deep, views, height: side, width: side, kernel, padding };
        const grid = convKernel(shape, PLAIN, family).grid(views);
        for (const count of grid) expect(count).toBeLessThanOrEqual(most);
      }
  });

  test.each(FAMILIES)('of family %s that are split over two dimensions change no bit', async (family) => {
    for (const padding of [0, 1]) {
      const shape = { views: 33, height: 6, width: 7, channels: 5, out: 36, kernel: 3, stride: 1, padding };
      const { height, width } = convOutput(shape);
      const [stored, count] = [36, 33];
      const sized = convKernel(shape, PLAIN, family);
      const split = {
        ...sized,
        grid: (views: number): Workgroups => {
          const [x, y, z] = sized.grid(views);
          return family === 'quad' ? [Math.ceil(x / 4), 4 * y, z] : [Math.ceil(x / 2), y, 2 * z];
        },
      };
      const bound = [
        padChannels(values(33 * 42 * 5, 31), 5),
        packConvWeights(values(36 * 5 * 9, 32), 36, 5, 3),
        packChannels(36, {}),
        { writes: 33 * height * width * stored },
        new Uint32Array([count, 0, 0, 0]),
      ];
      const [whole] = await runKernel(gpu, sized, count, bound);
      const [parts] = await runKernel(gpu, split, count, bound);
      expect(bits(parts!)).toEqual(bits(whole!));
    }
  });

  test('of more positions than one dimension holds cover them all', async () => {
    const shape = { views: 1, height: 257, width: 256, channels: 1, out: 1, kernel: 3, stride: 1, padding: 1 };
    const input = values(257 * 256, 33);
    const weights = values(9, 34);
    const { sums } = reference(shape, input, weights);
    const output = await conv(shape, 'quad', input, weights);
    // 9 products, each and their sum at most 9.
    for (let i = 0; i < sums.length; i++)
      if (Math.abs(output[4 * i]! - sums[i]!) > 9 * 9 * 2 ** -24) expect(output[4 * i]).toBe(sums[i]);
  });
});

test.each(SHAPES)(
  'views %i, %ix%i, %i to %i channels, kernel %i/%i, padding %i: the families agree in every bit',
  async (...row) => {
    const shape = shapeOf(row);
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    const input = values(shape.views * shape.height * shape.width * shape.channels, 21);
    const weights = values(shape.out * shape.channels * shape.kernel ** 2, 22);
    const outputs = [];
    for (const family of FAMILIES) outputs.push(await conv(shape, family, input, weights));
    for (const output of outputs) expect(bits(output)).toEqual(bits(outputs[0] as Float32Array));
    await recordBits(`conv ${row.join(' ')}`, outputs[0] as Float32Array);
  },
);
