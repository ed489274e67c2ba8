import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { convKernel, convOutput, packConvWeights } from '../../src/kernels/conv.js';
import { type EpilogueParts, packChannels } from '../../src/kernels/epilogue.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { type Tile, tileName } from '../../src/kernels/tile.js';
import { candidateTiles } from '../../src/kernels/tiles.js';
import { openTestGpu } from '../open-gpu.js';
import { bits, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/**
 * Padding, a stride, rows (156) and channels (70) that are no multiple of any tile and more than most, values of K (18
 * groups of four, two a tap) that are no multiple of a slice; bias and a residual.
 */
const SHAPE = { views: 13, height: 7, width: 6, channels: 6, out: 70, kernel: 3, stride: 2, padding: 1 };
const PARTS: EpilogueParts = {
  bias: true,
  affine: false,
  relu: false,
  gelu: false,
  residual: true,
  reluAfterAdd: false,
};
const LIMITS = { invocations: 256, bytes: 16_384 };

const tiles = FAMILIES.flatMap((family) => candidateTiles({ family, adapter: 'discrete', limits: LIMITS }));

const input = padChannels(values(13 * 42 * 6, 1), 6);
const weights = packConvWeights(values(70 * 6 * 9, 2), 70, 6, 3);
const channels = packChannels(70, { bias: values(70, 3) });
const residual = padChannels(values(13 * 12 * 70, 4), 70);

/** @param count of the 13 views */
async function run(tile: Tile | 'quad', count: number): Promise<Uint32Array> {
  const { height, width } = convOutput(SHAPE);
  const bound = [
    input,
    weights,
    channels,
    { writes: 13 * height * width * 72 },
    new Uint32Array([count, 0, 0, 0]),
    residual,
  ];
  const [output] = await runKernel(gpu, convKernel(SHAPE, PARTS, tile), count, bound);
  return bits(output!);
}

let expected: Uint32Array;
beforeAll(async () => {
  expected = await run('quad', 13);
});

test.each(tiles.map((tile) => [tileName(tile), tile] as const))(
  '%s gives the bits of the plain quad, and leaves views that are not there alone',
  async (_, tile) => {
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    expect(await run(tile, 13)).toEqual(expected);
    const size = expected.length / 13;
    const part = await run(tile, 10);
    expect(part.subarray(0, 10 * size)).toEqual(expected.subarray(0, 10 * size));
    expect(part.subarray(10 * size).every((word) => word === 0x7fc00bad)).toBe(true);
  },
);
