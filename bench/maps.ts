import { convOutput } from '../src/kernels/conv.js';
import { pointwiseKernel } from '../src/kernels/pointwise.js';
import { globalAvgpoolKernel, poolKernel } from '../src/kernels/pool.js';
import { shortcutPadKernel } from '../src/kernels/shortcut-pad.js';
import { viewBytes } from '../src/kernels/sized-kernel.js';
import type { Case } from './case.js';
import { numbers } from './numbers.js';

/** Views of 112, 32 and 7 pixels. */
const VIEWS = {
  software: { large: 8, small: 64, pooled: 64 },
  hardware: { large: 32, small: 512, pooled: 256 },
};

/** What a ResNet runs between its convolutions. */
export function mapCases(kind: 'software' | 'hardware'): Case[] {
  const { large, small, pooled } = VIEWS[kind];
  return [
    poolCase('max', { views: large, side: 112, channels: 64, kernel: 3, stride: 2, padding: 1 }),
    poolCase('max', { views: small, side: 32, channels: 64, kernel: 2, stride: 2, padding: 0 }),
    poolCase('avg', { views: small, side: 32, channels: 64, kernel: 2, stride: 2, padding: 0 }),
    globalPoolCase(pooled),
    sumCase(small),
    shortcutCase(small),
  ];
}

interface Pool {
  readonly views: number;
  readonly side: number;
  readonly channels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

function poolCase(mode: 'max' | 'avg', { views, side, channels, kernel, stride, padding }: Pool): Case {
  const shape = { views, height: side, width: side, channels, kernel, stride, padding };
  const output = { ...convOutput({ ...shape, out: channels }), channels };
  return {
    name: `${mode}pool ${kernel}/${stride} @${side} c${channels} b${views}`,
    make: () => ({
      sized: poolKernel(shape, mode),
      count: views,
      bound: [numbers((views * viewBytes(shape)) / 4), views * viewBytes(output)],
      // A comparison is one operation.
      flops: views * output.height * output.width * channels * kernel ** 2,
    }),
  };
}

function globalPoolCase(views: number): Case {
  const [positions, channels] = [49, 2048];
  return {
    name: `global-avgpool ${positions}x${channels} b${views}`,
    make: () => ({
      sized: globalAvgpoolKernel({ views, positions, channels }),
      count: views,
      bound: [numbers(views * positions * channels), views * channels * 4],
      flops: views * positions * channels,
    }),
  };
}

/** Where a tap stands before it, a block's sum is a kernel of its own. */
function sumCase(views: number): Case {
  const [positions, channels] = [1024, 64];
  const values = views * positions * channels;
  const sum = { bias: false, affine: false, relu: false, gelu: false, residual: true, reluAfterAdd: true };
  return {
    name: `add+relu ${positions}x${channels} b${views}`,
    make: () => ({
      sized: pointwiseKernel({ views, positions, channels }, sum),
      count: views,
      bound: [numbers(values), numbers(3 * channels), values * 4, numbers(values)],
      flops: 2 * values,
    }),
  };
}

function shortcutCase(views: number): Case {
  const shape = { views, height: 32, width: 32, channels: 16, out: 32, stride: 2 };
  const [read, written] = [256 * shape.channels, 256 * shape.out].map((values) => views * values * 4) as [
    number,
    number,
  ];
  return {
    name: `shortcut-pad /2 16>32 @32 b${views}`,
    make: () => ({
      sized: shortcutPadKernel(shape),
      count: views,
      bound: [numbers((views * viewBytes(shape)) / 4), written],
      flops: 0,
      bytes: read + written,
    }),
  };
}
