import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { type PoolShape, poolKernel } from '../../src/kernels/pool.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

type Mode = 'max' | 'avg';
const MODES: readonly Mode[] = ['max', 'avg'];

/** views, height, width, channels, kernel, stride, padding */
const SHAPES: readonly (readonly [number, number, number, number, number, number, number])[] = [
  [1, 1, 1, 1, 1, 1, 0],
  [3, 1, 1, 4, 3, 2, 1],
  [3, 2, 2, 3, 2, 2, 0],
  [2, 5, 7, 5, 2, 2, 0],
  [2, 7, 5, 4, 3, 2, 1],
  [1, 11, 13, 6, 3, 1, 1],
  [5, 9, 8, 9, 3, 2, 1],
  [2, 16, 17, 12, 5, 3, 2],
  // 63, 64 and 65 threads of work beside workgroups of 64.
  [1, 7, 9, 4, 1, 1, 0],
  [1, 8, 8, 4, 1, 1, 0],
  [1, 5, 13, 4, 1, 1, 0],
];

function shapeOf([views, height, width, channels, kernel, stride, padding]: (typeof SHAPES)[number]): PoolShape {
  return { views, height, width, channels, kernel, stride, padding };
}

const size = (length: number, { kernel, stride, padding }: PoolShape) =>
  Math.floor((length + 2 * padding - kernel) / stride) + 1;

function pool(shape: PoolShape, mode: Mode, input: Float32Array, count = shape.views): Promise<Float32Array> {
  const writes = shape.views * size(shape.height, shape) * size(shape.width, shape) * Math.ceil(shape.channels / 4) * 4;
  return runKernel(gpu, poolKernel(shape, mode), count, [padChannels(input, shape.channels), { writes }]).then(
    ([output]) => output!,
  );
}

/** Calls `visit` with every output's place [pixel, channel] and the values of its window, in the order ky, kx. */
function windows(
  shape: PoolShape,
  input: Float32Array,
  visit: (pixel: number, channel: number, window: readonly number[]) => void,
): void {
  const { height: H, width: W, channels: C, kernel: K, stride, padding } = shape;
  const [OH, OW] = [size(H, shape), size(W, shape)];
  for (let b = 0; b < shape.views; b++)
    for (let oy = 0; oy < OH; oy++)
      for (let ox = 0; ox < OW; ox++)
        for (let c = 0; c < C; c++) {
          const window: number[] = [];
          for (let ky = 0; ky < K; ky++)
            for (let kx = 0; kx < K; kx++) {
              const y = oy * stride + ky - padding;
              const x = ox * stride + kx - padding;
              if (y >= 0 && x >= 0 && y < H && x < W) window.push(input[((b * H + y) * W + x) * C + c]!);
            }
          visit((b * OH + oy) * OW + ox, c, window);
        }
}

const inputOf = (shape: PoolShape, seed: number, low = -1, high = 1) =>
  values(shape.views * shape.height * shape.width * shape.channels, seed, low, high);

describe.each(SHAPES)('views %i, %ix%i, %i channels, window %i/%i, padding %i', (...row) => {
  const shape = shapeOf(row);
  const stored = Math.ceil(shape.channels / 4) * 4;

  test('the maximum is that of the window, exactly, for values of any size and sign', async () => {
    for (const [low, high] of [
      [-1, 1],
      [-3e38, -1e38],
      [-1e-30, -1e-37],
    ] as const) {
      const input = inputOf(shape, 1, low, high);
      const output = await pool(shape, 'max', input);
      windows(shape, input, (pixel, c, window) => {
        expect(output[pixel * stored + c]).toBe(Math.max(...window));
      });
      for (let i = 0; i < output.length; i++) if (i % stored >= shape.channels) expect(output[i]).toBe(0);
    }
    await recordBits(`max ${row.join(' ')}`, await pool(shape, 'max', inputOf(shape, 1)));
  });

  test('the average divides by the whole window, within the rounding of its additions and one division', async () => {
    const area = shape.kernel ** 2;
    for (const scale of [1, 1e36, 1e-30]) {
      const input = inputOf(shape, 2, -scale, scale);
      const output = await pool(shape, 'avg', input);
      windows(shape, input, (pixel, c, window) => {
        const sum = window.reduce((total, value) => total + value, 0);
        const absolute = window.reduce((total, value) => total + Math.abs(value), 0);
        // n − 1 additions of half an ulp, and WGSL's 2.5 ulp for a division.
        const bound = ((window.length - 1 + 5) * 2 ** -24 * absolute) / area;
        expect(Math.abs(output[pixel * stored + c]! - sum / area)).toBeLessThanOrEqual(bound);
      });
      for (let i = 0; i < output.length; i++) if (i % stored >= shape.channels) expect(output[i]).toBe(0);
    }
    await recordBits(`avg ${row.join(' ')}`, await pool(shape, 'avg', inputOf(shape, 2)));
  });
});

describe.each(MODES)('%s pooling', (mode) => {
  const shape = { views: 7, height: 5, width: 6, channels: 5, kernel: 3, stride: 2, padding: 1 };

  test('a view has the same bits alone and in any place of a batch, and each time', async () => {
    const input = inputOf(shape, 3);
    const whole = await pool(shape, mode, input);
    expect(bits(await pool(shape, mode, input))).toEqual(bits(whole));
    const [from, to] = [input.length / 7, whole.length / 7];
    for (const view of [0, 3, 6]) {
      const alone = await pool({ ...shape, views: 1 }, mode, input.slice(view * from, (view + 1) * from));
      expect(bits(alone)).toEqual(bits(whole.slice(view * to, (view + 1) * to)));
    }
  });

  test('a batch that is not full leaves the rest of the output untouched', async () => {
    const output = await pool(shape, mode, inputOf(shape, 4), 4);
    const size = output.length / 7;
    for (let i = 0; i < output.length; i++) expect(isGarbage(output, i)).toBe(i >= 4 * size);
  });

  test('a NaN or infinity reaches every window that holds it, in its channel alone', async () => {
    const input = inputOf(shape, 5);
    const at = (view: number, y: number, x: number, c: number) => ((view * 5 + y) * 6 + x) * 5 + c;
    const spoilt: [number, number][] = [
      [at(0, 0, 0, 0), Number.NaN],
      [at(0, 4, 5, 4), Number.POSITIVE_INFINITY],
      [at(2, 2, 3, 1), Number.NEGATIVE_INFINITY],
      [at(6, 1, 1, 3), Number.NEGATIVE_INFINITY],
      [at(6, 1, 2, 3), Number.NaN],
      [at(6, 4, 5, 4), Number.NaN],
    ];
    for (const [i, value] of spoilt) input[i] = value;
    const output = await pool(shape, mode, input);
    windows(shape, input, (pixel, c, window) => {
      const found = output[pixel * 8 + c]!;
      const lost = window.filter((value) => !Number.isFinite(value));
      expect(Number.isFinite(found)).toBe(lost.length === 0);
      if (lost.length === 1 || (mode === 'max' && lost.length > 0)) expect(found).toEqual(lost[0]);
    });
  });
});

test('padding never is the maximum', async () => {
  const shape = { views: 1, height: 2, width: 2, channels: 4, kernel: 3, stride: 1, padding: 1 };
  expect([...(await pool(shape, 'max', new Float32Array(16)))]).toEqual(new Array(16).fill(0));
  expect([...(await pool(shape, 'max', new Float32Array(16).fill(-2)))]).toEqual(new Array(16).fill(-2));
});
