import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { fromHalves, type Storage, toHalves } from '../../src/half.js';
import { attentionKernel, attentionScoresKernel, attentionValuesKernel } from '../../src/kernels/attention.js';
import { convKernel } from '../../src/kernels/conv.js';
import type { EpilogueParts } from '../../src/kernels/epilogue.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { groupedConvKernel } from '../../src/kernels/grouped-conv.js';
import { layernormKernel } from '../../src/kernels/layernorm.js';
import { momentsKernels } from '../../src/kernels/moments.js';
import { pairsKernels } from '../../src/kernels/pair-distances.js';
import { pointwiseKernel } from '../../src/kernels/pointwise.js';
import { globalAvgpoolKernel, poolKernel } from '../../src/kernels/pool.js';
import { shortcutPadKernel } from '../../src/kernels/shortcut-pad.js';
import type { SizedKernel } from '../../src/kernels/sized-kernel.js';
import { softmaxKernel } from '../../src/kernels/softmax.js';
import { packStored } from '../../src/kernels/storage.js';
import { swigluKernel } from '../../src/kernels/swiglu.js';
import { tokenKernel, tokensKernel } from '../../src/kernels/tokens.js';
import { openTestGpu } from '../open-gpu.js';
import { recordBits } from '../record-bits.js';
import { type Bound, bits, isGarbage, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/** A binding: numbers that are stored as activations are, or as they stand; or how many numbers are written. */
type Part =
  | { readonly stored: Float32Array }
  | { readonly plain: Float32Array | Uint32Array }
  | { readonly writes: number }
  | { readonly sums: number };

const words = (halves: Uint16Array<ArrayBuffer>) => new Uint32Array(halves.buffer);
const halvesOf = (written: Float32Array) => new Uint16Array(written.buffer, written.byteOffset, 2 * written.length);

async function run(kernel: SizedKernel, count: number, parts: readonly Part[], storage: Storage) {
  const half = storage === 'f16';
  const bound = parts.map((part): Bound => {
    if ('plain' in part) return part.plain;
    if ('sums' in part) return { writes: part.sums };
    if ('writes' in part) return { writes: half ? part.writes / 2 : part.writes };
    const rounded = toHalves(part.stored);
    return half ? words(rounded) : fromHalves(rounded);
  });
  return runKernel(gpu, kernel, count, bound);
}

/**
 * What the mode is: a kernel on halves gives what the kernel on floats gives for numbers that are halves, its outputs
 * rounded to halves; in every bit.
 */
async function expectOnlyRounding(make: (storage: Storage) => SizedKernel, count: number, parts: readonly Part[]) {
  const floats = await run(make('f32'), count, parts, 'f32');
  const found = await run(make('f16'), count, parts, 'f16');
  const outputs = parts.filter((part) => 'writes' in part || 'sums' in part);
  for (const [i, output] of outputs.entries()) {
    expect(floats[i]!.every((value, at) => Number.isFinite(value) || isGarbage(floats[i]!, at))).toBe(true);
    if ('sums' in output) expect(bits(found[i]!)).toEqual(bits(floats[i]!));
    else expect(halvesOf(found[i]!)).toEqual(toHalves(floats[i]!));
  }
  await recordBits(`${expect.getState().currentTestName} ${make('f16').kernel.label} ${found[0]!.length}`, found[0]!);
}

const NONE: EpilogueParts = {
  bias: false,
  affine: false,
  relu: false,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};
const EVERY: EpilogueParts = { bias: true, affine: true, relu: true, gelu: false, residual: true, reluAfterAdd: true };

/** [pixels, channels] of ± 4, padded. */
const activation = (pixels: number, channels: number, seed: number) =>
  padChannels(values(pixels * channels, seed, -4, 4), channels);
const uniform = (count: number) => ({ plain: Uint32Array.of(count, 0, 0, 0) });
const stored4 = (channels: number) => 4 * Math.ceil(channels / 4);

describe.each(FAMILIES)('only loads and stores round in family %s:', (family) => {
  const conv = { views: 5, height: 5, width: 6, channels: 6, out: 9, kernel: 3, stride: 1, padding: 1 };

  test('a convolution with every part of the epilogue', () => {
    const weights = activation(stored4(conv.out) * 9, conv.channels, 2);
    return expectOnlyRounding((storage) => convKernel({ ...conv, storage }, EVERY, family), 5, [
      { stored: activation(5 * 30, conv.channels, 1) },
      { stored: weights },
      { plain: values(3 * 12, 3) },
      { writes: 5 * 30 * 12 },
      uniform(5),
      { stored: activation(5 * 30, conv.out, 4) },
    ]);
  });

  test('a convolution over views, which stay floats', () => {
    const stem = { ...conv, channels: 3, kernel: 2, stride: 2, padding: 0, source: 'f32' } as const;
    const epilogue = { ...NONE, bias: true, gelu: true };
    return expectOnlyRounding((storage) => convKernel({ ...stem, storage }, epilogue, family), 5, [
      { plain: activation(5 * 30, 3, 5) },
      { stored: activation(12 * 4, 3, 6) },
      { plain: values(3 * 12, 7) },
      { writes: 5 * 6 * 12 },
      uniform(5),
    ]);
  });

  test('attention in one step', () => {
    const shape = { views: 2, tokens: 9, heads: 2, channels: 16 };
    return expectOnlyRounding((storage) => attentionKernel({ ...shape, storage }, family), 2, [
      { stored: activation(2 * 9, 48, 8) },
      { writes: 2 * 9 * 16 },
    ]);
  });
});

describe('only loads and stores round:', () => {
  const attention = { views: 2, tokens: 9, heads: 2, channels: 16 };
  test.each(['quad', 'register'] as const)('attention in steps, family %s', async (family) => {
    const qkv = { stored: activation(2 * 9, 48, 8) };
    await expectOnlyRounding((storage) => attentionScoresKernel({ ...attention, storage }, family), 2, [
      qkv,
      { writes: 2 * 2 * 9 * 12 },
    ]);
    await expectOnlyRounding((storage) => attentionValuesKernel({ ...attention, storage }, family), 2, [
      { stored: activation(2 * 2 * 9, 9, 9) },
      qkv,
      { writes: 2 * 9 * 16 },
    ]);
  });

  test.each([
    ['quad', 4],
    ['register', 4],
    ['register', 8],
  ] as const)('a grouped convolution, family %s, of 8 channels in groups of %i', (family, per) => {
    const groups = family === 'register' && per === 8 ? 8 : 8 / per;
    const shape = { views: 5, height: 3, width: 4, channels: 8, out: 8, kernel: 3, stride: 1, padding: 1, groups };
    return expectOnlyRounding((storage) => groupedConvKernel({ ...shape, storage }, EVERY, family), 5, [
      { stored: activation(5 * 12, 8, 1) },
      { stored: values((8 * 9 * 8) / groups, 2) },
      { plain: values(3 * 8, 3) },
      { writes: 5 * 12 * 8 },
      uniform(5),
      { stored: activation(5 * 12, 8, 4) },
    ]);
  });

  test.each(['quad', 'tile'] as const)('layer normalisation and softmax, family %s', async (family) => {
    const shape = { views: 2, positions: 3, channels: 70 };
    await expectOnlyRounding((storage) => layernormKernel({ ...shape, storage }, { eps: 1e-6 }, family), 2, [
      { stored: activation(6, 70, 1) },
      { plain: padChannels(values(140, 2), 70) },
      { writes: 6 * 72 },
    ]);
    await expectOnlyRounding((storage) => softmaxKernel({ views: 2, rows: 3, columns: 70, storage }, family), 2, [
      { stored: activation(6, 70, 3) },
      { writes: 6 * 72 },
    ]);
  });

  test('pooling and the mean over positions', async () => {
    const shape = { views: 2, height: 5, width: 4, channels: 6, kernel: 3, stride: 2, padding: 1 };
    for (const mode of ['max', 'avg'] as const)
      await expectOnlyRounding((storage) => poolKernel({ ...shape, storage }, mode), 2, [
        { stored: activation(40, 6, 1) },
        { writes: 2 * 6 * 8 },
      ]);
    const mean = { views: 2, positions: 20, channels: 6, first: 1 };
    await expectOnlyRounding((storage) => globalAvgpoolKernel({ ...mean, storage }), 2, [
      { stored: activation(40, 6, 1) },
      { writes: 16 },
    ]);
  });

  test('an epilogue alone', () =>
    expectOnlyRounding(
      (storage) => pointwiseKernel({ views: 2, positions: 5, channels: 6, storage }, { ...EVERY, bias: false }),
      2,
      [{ stored: activation(10, 6, 1) }, { plain: values(24, 2) }, { writes: 80 }, { stored: activation(10, 6, 3) }],
    ));

  test('tokens, a token, SwiGLU and the padded shortcut', async () => {
    const shape = { views: 2, patches: 5, prefix: 2, channels: 6 };
    await expectOnlyRounding((storage) => tokensKernel({ ...shape, storage }, { positions: true }), 2, [
      { stored: activation(10, 6, 1) },
      { plain: activation(7, 6, 2) },
      { writes: 2 * 7 * 8 },
    ]);
    await expectOnlyRounding((storage) => tokenKernel({ views: 2, tokens: 7, channels: 6, storage }, 3), 2, [
      { stored: activation(14, 6, 3) },
      { writes: 16 },
    ]);
    await expectOnlyRounding((storage) => swigluKernel({ views: 2, positions: 3, channels: 8, storage }), 2, [
      { stored: activation(6, 16, 4) },
      { writes: 48 },
    ]);
    const pad = { views: 2, height: 5, width: 4, channels: 6, out: 13, stride: 2 };
    await expectOnlyRounding((storage) => shortcutPadKernel({ ...pad, storage }), 2, [
      { stored: activation(40, 6, 5) },
      { writes: 2 * 6 * 16 },
    ]);
  });

  test('statistics of a tap, which are floats', async () => {
    const input = { stored: activation(2 * 4 * 5, 6, 1) };
    const moments = { images: 2, rows: 4, first: 0, positions: 5, channels: 6 };
    const { sumsBytes, squaresBytes } = momentsKernels(moments);
    await expectOnlyRounding((storage) => momentsKernels({ ...moments, storage }).viewMoments, 8, [
      input,
      { sums: sumsBytes / 4 },
      { sums: squaresBytes / 4 },
    ]);
    const norms = { plain: values(16, 2, 1, 9) };
    for (const pairs of ['all', 'clean'] as const) {
      const shape = { ...moments, pairs, normalized: true, l1: false };
      const { partsBytes } = pairsKernels(shape);
      await expectOnlyRounding((storage) => pairsKernels({ ...shape, storage }).distances[0]!, 2, [
        input,
        norms,
        { sums: partsBytes / 4 },
      ]);
    }
    const many = { ...moments, images: 1, rows: 16, pairs: 'all', normalized: true, l1: false } as const;
    await expectOnlyRounding((storage) => pairsKernels({ ...many, storage }).distances[1]!, 1, [
      { stored: activation(16 * 5, 6, 3) },
      { plain: values(32, 2, 1, 9) },
      { sums: pairsKernels(many).partsBytes / 4 },
    ]);
  });
});

/** Every half, and float32 numbers around the middle of each two. */
function hardNumbers(): Float32Array<ArrayBuffer> {
  const halves = fromHalves(Uint16Array.from({ length: 65_536 }, (_, half) => half));
  const out = new Uint32Array(4 * halves.length);
  const words = bits(halves);
  for (let i = 0; i < words.length; i++) {
    const middle = Float32Array.of((halves[i]! + (halves[i + 1] ?? 0)) / 2);
    const [word] = new Uint32Array(middle.buffer) as unknown as [number];
    out.set([words[i]!, word - 1, word, word + 1], 4 * i);
  }
  return new Float32Array(out.buffer);
}

test('a number is stored as the nearest half, ties to even, infinity beyond 65504, NaN as NaN', async () => {
  const table = hardNumbers();
  const prefix = table.length / 4;
  const kernel = tokensKernel({ views: 1, patches: 1, prefix, channels: 4, storage: 'f16' }, { positions: false });
  const [found] = await runKernel(gpu, kernel, 1, [new Uint32Array(4), table, { writes: 2 * prefix + 2 }]);
  expect(halvesOf(found!).subarray(0, table.length)).toEqual(toHalves(table));
});

test('every half is loaded as what it is, and found where it is NaN or infinite', async () => {
  const halves = Uint16Array.from({ length: 65_536 }, (_, half) => half);
  const floats = fromHalves(halves);
  const channels = 16_384;
  const copy = pointwiseKernel({ views: 1, positions: 4, channels, storage: 'f16' }, NONE);
  const [copied] = await runKernel(gpu, copy, 1, [words(halves), new Float32Array(4), { writes: 32_768 }]);
  expect(halvesOf(copied!)).toEqual(toHalves(floats));

  const shape = { images: 1, rows: 4, first: 0, positions: 1, channels, storage: 'f16' } as const;
  const [sums, squares] = await runKernel(gpu, momentsKernels(shape).viewMoments, 4, [
    words(halves),
    { writes: 65_536 },
    { writes: 32_768 },
  ]);
  for (let i = 0; i < 65_536; i++) {
    if (Number.isFinite(floats[i])) expect(Object.is(sums![i], floats[i]! + 0)).toBe(true);
    if (i % 4 === 0) expect(squares![i / 2 + 1]).toBe(floats.subarray(i, i + 4).every(Number.isFinite) ? 0 : 1);
  }
});

test('weights beyond the largest half are refused by the name of their tensor', () => {
  expect(packStored(Float32Array.of(65_519, -1), 'f16', 'conv1.weight')).toEqual(Uint32Array.of(0xbc007bff));
  expect(() => packStored(Float32Array.of(0, -65_520), 'f16', 'conv1.weight')).toThrow(
    expect.objectContaining({
      code: 'BAD_OPTION',
      message: expect.stringContaining('conv1.weight holds -65520'),
      hint: expect.stringContaining('f32'),
    }),
  );
});
