import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Gpu } from '../../src/gpu/gpu.js';
import { convKernel, convOutput, packConvWeights } from '../../src/kernels/conv.js';
import { type EpilogueParts, packChannels } from '../../src/kernels/epilogue.js';
import { FAMILIES } from '../../src/kernels/family.js';
import { type Tile, tileInvocations, tileName } from '../../src/kernels/tile.js';
import { candidateTiles } from '../../src/kernels/tiles.js';
import { openTestGpu } from '../open-gpu.js';
import { bits, padChannels, runKernel, values } from './run-kernel.js';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openTestGpu();
});
afterAll(() => gpu.dispose());

/**
 * Padding, a stride, rows (132 of 156) and channels (70) that are no multiple of any tile and more than most, values of K (18
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

const tiles = [
  ...FAMILIES.flatMap((family) => candidateTiles({ family, adapter: 'discrete', limits: LIMITS })),
  ...candidateTiles({ family: 'quad', adapter: 'cpu-wide', limits: LIMITS }).filter(
    (tile) => tileInvocations(tile) > 4,
  ),
];

const input = padChannels(values(13 * 42 * 6, 1), 6);
const weights = packConvWeights(values(70 * 6 * 9, 2), 70, 6, 3);
const channels = packChannels(70, { bias: values(70, 3) });
const residual = padChannels(values(13 * 12 * 70, 4), 70);

/** 11 views of 13: the output of those, and what lies where the others would. */
async function run(tile: Tile | 'quad'): Promise<{ output: Uint32Array; rest: Uint32Array }> {
  const { height, width } = convOutput(SHAPE);
  const size = height * width * 72;
  const count = new Uint32Array([11, 0, 0, 0]);
  const bound = [input, weights, channels, { writes: 13 * size }, count, residual];
  const [written] = await runKernel(gpu, convKernel(SHAPE, PARTS, tile), 11, bound);
  return { output: bits(written!).subarray(0, 11 * size), rest: bits(written!).subarray(11 * size) };
}

let expected: Uint32Array;
beforeAll(async () => {
  expected = (await run('quad')).output;
});

test.each(tiles.map((tile) => [tileName(tile), tile] as const))(
  '%s gives the bits of the plain quad, and leaves views that are not there alone',
  async (_, tile) => {
    const { output, rest } = await run(tile);
    expect(rest.every((word) => word === 0x7fc00bad)).toBe(true);
    if (gpu.facts.kind === 'hardware') return; // a driver may contract a·b + c there
    expect(output).toEqual(expected);
  },
);
