import { adapterClass, quadsOf } from '../src/kernels/adapter-class.js';
import { type ConvShape, convOutput } from '../src/kernels/conv.js';
import { familyFor } from '../src/kernels/family.js';
import { checkBinding, groupsOfFour, viewBytes } from '../src/kernels/sized-kernel.js';
import { winogradInputKernel, winogradKernel } from '../src/kernels/winograd.js';
import type { Case } from './case.js';
import { EPILOGUE } from './convolutions.js';
import { numbers } from './numbers.js';
import { flopsOf } from './shapes.js';

/** views, side, channels, out */
const SHAPES: Record<'software' | 'hardware', readonly (readonly [number, number, number, number])[]> = {
  software: [
    [32, 32, 64, 64],
    [64, 8, 64, 128],
    [64, 4, 128, 256],
    [4, 14, 256, 256],
    [4, 7, 512, 512],
  ],
  hardware: [
    [32, 32, 64, 64],
    [320, 8, 64, 128],
    [320, 4, 128, 256],
    [32, 14, 256, 256],
    [32, 7, 512, 512],
  ],
};

/**
 * 3×3 convolutions in two steps: the transform of the input, and products, sums and epilogue, whose operations are counted
 * as those of the direct convolution. A convolution takes the time of both.
 */
export function winogradCases(kind: 'software' | 'hardware'): Case[] {
  return SHAPES[kind].flatMap(([views, side, channels, out]) => {
    const shape = { views, height: side, width: side, channels, out, kernel: 3, stride: 1, padding: 1 };
    return [inputCase(shape), convolutionCase(shape)];
  });
}

function inputCase(shape: ConvShape): Case {
  const { views, height, channels } = shape;
  const name = `winograd-input ${channels} @${height} b${views}`;
  return {
    name,
    make({ facts }) {
      const patches = patchBytes(shape);
      checkBinding(facts, name, patches, views);
      return {
        sized: winogradInputKernel(shape),
        count: views,
        bound: [numbers((views * viewBytes(shape)) / 4), views * patches, counts(shape)],
        // Two sums of two for each of the 16 values of a patch.
        flops: (2 * views * patches) / 4,
      };
    },
  };
}

function convolutionCase(shape: ConvShape): Case {
  const { views, height, channels, out } = shape;
  const name = `winograd 3x3 ${channels}>${out} @${height} b${views}`;
  return {
    name,
    make({ facts }) {
      const patches = patchBytes(shape);
      const stored = viewBytes({ ...convOutput(shape), channels: out });
      checkBinding(facts, name, Math.max(patches, stored), views);
      return {
        sized: winogradKernel(shape, EPILOGUE, familyFor(facts), quadsOf(adapterClass(facts))),
        count: views,
        bound: [
          numbers((views * patches) / 4),
          numbers(16 * 16 * groupsOfFour(out) * groupsOfFour(channels), -0.1, 0.1),
          numbers(12 * groupsOfFour(out)),
          views * stored,
          counts(shape),
        ],
        flops: flopsOf(shape),
      };
    },
  };
}

/** Bytes of a view's transformed input. */
function patchBytes({ height, width, channels }: ConvShape): number {
  return viewBytes({ height: 16 * Math.ceil(height / 2), width: Math.ceil(width / 2), channels });
}

function counts({ views }: ConvShape): Uint32Array {
  return new Uint32Array([views, 0, 0, 0]);
}
