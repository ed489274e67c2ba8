import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { attentionKernel, attentionScoresKernel, attentionValuesKernel } from '../../src/kernels/attention.js';
import type { EpilogueParts } from '../../src/kernels/epilogue.js';
import { packChannels } from '../../src/kernels/epilogue.js';
import { groupedConvKernel } from '../../src/kernels/grouped-conv.js';
import type { SizedKernel } from '../../src/kernels/sized-kernel.js';
import { winogradKernel } from '../../src/kernels/winograd.js';
import { openTestGpu } from '../open-gpu.js';
import { type Bound, bits, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

const PARTS: EpilogueParts = {
  bias: true,
  affine: false,
  relu: true,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};

/** Rows that fill neither one quad nor two: 21 queries, 19 views, 3·2·5 tiles. */
const ATTENTION = { views: 2, tokens: 21, heads: 2, channels: 40 };
const GROUPED = {
  ...{ views: 19, height: 3, width: 2, channels: 16, out: 32, kernel: 3, stride: 1, padding: 1 },
  groups: 2,
};
const WINOGRAD = { views: 5, height: 5, width: 4, channels: 8, out: 32 };

const qkv = values(2 * 21 * 120, 1);
const bound = {
  grouped: [values(19 * 6 * 16, 2), values(32 * 9 * 8, 3), packChannels(32, { bias: values(32, 4) })],
  winograd: [values(5 * 16 * 6 * 8, 5), values(16 * 32 * 8, 6), packChannels(32, { bias: values(32, 7) })],
};

/** Kernel by the quads of a workgroup, views of its grid, and what it is bound to. */
const KERNELS: readonly (readonly [string, (quads: number) => SizedKernel, number, readonly Bound[]])[] = [
  ['attention', (quads) => attentionKernel(ATTENTION, 'quad', quads), 2, [qkv, { writes: 2 * 21 * 40 }]],
  ['attention scores', (quads) => attentionScoresKernel(ATTENTION, 'quad', quads), 2, [qkv, { writes: 4 * 21 * 24 }]],
  [
    'attention values',
    (quads) => attentionValuesKernel(ATTENTION, 'quad', quads),
    2,
    [values(4 * 21 * 24, 8), qkv, { writes: 2 * 21 * 40 }],
  ],
  [
    'grouped convolution',
    (quads) => groupedConvKernel(GROUPED, PARTS, 'quad', quads),
    19,
    [...bound.grouped, { writes: 19 * 6 * 32 }, new Uint32Array([19, 0, 0, 0])],
  ],
  [
    'winograd',
    (quads) => winogradKernel(WINOGRAD, PARTS, 'quad', quads),
    5,
    [...bound.winograd, { writes: 5 * 20 * 32 }, new Uint32Array([5, 0, 0, 0])],
  ],
];

test.each(KERNELS)('%s: several quads a workgroup give the bits of one', async (_, kernel, count, inputs) => {
  if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
  const [one] = await runKernel(gpu, kernel(1), count, inputs);
  for (const quads of [2, 4]) {
    expect(kernel(quads).kernel.label).toContain(`x${quads}`);
    const [several] = await runKernel(gpu, kernel(quads), count, inputs);
    expect(bits(several!)).toEqual(bits(one!));
  }
});
