import type { Storage } from '../../half.js';
import { quadsOf } from '../../kernels/adapter-class.js';
import { type ConvShape, convKernel, packConvWeights } from '../../kernels/conv.js';
import type { Design } from '../../kernels/design.js';
import { type EpilogueParts, packChannels } from '../../kernels/epilogue.js';
import { groupedConvKernel, packGroupedConvWeights } from '../../kernels/grouped-conv.js';
import { pointwiseKernel } from '../../kernels/pointwise.js';
import type { SizedKernel } from '../../kernels/sized-kernel.js';
import type { Tile } from '../../kernels/tile.js';
import { answer, type KernelCase, stored } from '../case.js';
import { type Bounded, unchanged } from '../exact/bounded.js';
import { type ConvolutionShape, convolution, finished } from '../exact/products.js';
import { signed } from '../numbers.js';

const NONE: EpilogueParts = {
  ...{ bias: false, affine: false, relu: false },
  ...{ gelu: false, residual: false, reluAfterAdd: false },
};
export const EVERY: EpilogueParts = {
  bias: true,
  affine: true,
  relu: true,
  gelu: false,
  residual: true,
  reluAfterAdd: true,
};

interface Product {
  readonly shape: ConvolutionShape;
  readonly parts: EpilogueParts;
  /** Whether it reads views of images, which are f32. */
  readonly views?: boolean;
}

/** 140 rows, more than any tile holds, × 14 channels over 180 terms. */
const BLOCK: Product = {
  shape: { views: 4, height: 5, width: 7, channels: 20, out: 14, kernel: 3, stride: 1, padding: 1 },
  parts: EVERY,
};
/** A linear layer over tokens: 141 rows × 70 channels, both more than any tile holds, over 33 terms. */
const LINEAR: Product = {
  shape: { views: 3, height: 47, width: 1, channels: 33, out: 70, kernel: 1, stride: 1, padding: 0 },
  parts: { ...NONE, bias: true, gelu: true },
};
/** The first convolution of a ResNet. */
const STEM: Product = {
  shape: { views: 2, height: 9, width: 8, channels: 3, out: 10, kernel: 7, stride: 2, padding: 3 },
  parts: { ...NONE, affine: true, relu: true },
  views: true,
};
/** Few channels in the middle of a network, as in a CIFAR ResNet. */
const NARROW: Product = {
  shape: { views: 2, height: 8, width: 6, channels: 10, out: 3, kernel: 3, stride: 1, padding: 1 },
  parts: { ...NONE, bias: true, residual: true },
};
/** That of the small Vision Transformer, whose kernel it shares. */
const PATCHES: Product = {
  shape: { views: 2, height: 24, width: 24, channels: 3, out: 40, kernel: 4, stride: 4, padding: 0 },
  parts: { ...NONE, bias: true },
  views: true,
};
/** A shortcut of a ResNet: 144 rows × 70 channels over 20 terms. */
const DOWNSAMPLE: Product = {
  shape: { views: 12, height: 7, width: 5, channels: 20, out: 70, kernel: 1, stride: 2, padding: 0 },
  parts: { ...NONE, affine: true },
};

/** Convolutions of maps: two by every tile, others by the first. */
export function convolutionCases(tiles: readonly Tile[], storage: Storage): KernelCase[] {
  return [
    ...productCases([BLOCK, DOWNSAMPLE], tiles, storage),
    ...productCases([STEM, NARROW], tiles.slice(0, 1), storage),
  ];
}

/** Products of tokens by every tile, and the patches that they come from. */
export function linearCases(tiles: readonly Tile[], storage: Storage): KernelCase[] {
  return [...productCases([LINEAR], tiles, storage), ...productCases([PATCHES], tiles.slice(0, 1), storage)];
}

function productCases(products: readonly Product[], tiles: readonly Tile[], storage: Storage): KernelCase[] {
  return products.flatMap((product, i) => {
    const numbers = once(() => numbersOf(product, storage, i));
    return tiles.map((tile) => convolutionCase(product, numbers, tile, storage));
  });
}

function convolutionCase(
  { shape, parts, views }: Product,
  numbers: () => Numbers,
  tile: Tile,
  storage: Storage,
): KernelCase {
  const { channels, out, kernel } = shape;
  const sized: ConvShape = { ...shape, storage, ...(views && { source: 'f32' as const }) };
  const pack = (weights: Float32Array) => packConvWeights(weights, out, channels, kernel);
  return caseOf(convKernel(sized, parts, tile), shape, parts, numbers, storage, pack, views ? 'f32' : storage);
}

/** What several tiles have to answer is computed once. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => {
    made ??= make();
    return made;
  };
}

/** Groups of four channels, which have kernels by family, and others, which all families compute alike. */
export function groupedCases({ family, adapter }: Design, storage: Storage): KernelCase[] {
  const map = { views: 9, height: 5, width: 4, kernel: 3, stride: 2, padding: 1 };
  const shapes = [
    { ...map, channels: 24, out: 48, groups: 3 },
    { ...map, channels: 6, out: 12, groups: 6 },
  ];
  return shapes.map((shape) => {
    const numbers = () => numbersOf({ shape, parts: EVERY }, storage, 7);
    const { channels, out, kernel, groups } = shape;
    const sized = groupedConvKernel({ ...shape, storage }, EVERY, family, quadsOf(adapter));
    const pack = (weights: Float32Array) => packGroupedConvWeights(weights, out, channels / groups, kernel);
    return caseOf(sized, shape, EVERY, numbers, storage, pack, storage);
  });
}

interface Numbers {
  readonly input: Float32Array;
  readonly weights: Float32Array;
  readonly bias: Float32Array;
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly residual: Float32Array;
  readonly answer: Bounded;
}

function numbersOf({ shape, parts, views }: Product, storage: Storage, seed: number): Numbers {
  const { channels, out, kernel, groups = 1 } = shape;
  const input = signed(shape.views * shape.height * shape.width * channels, seed, views ? 'f32' : storage);
  const weights = signed((out * channels * kernel ** 2) / groups, seed + 100, storage);
  const sum = convolution(shape, input, weights);
  const others = {
    bias: signed(out, seed + 200),
    scale: signed(out, seed + 300),
    shift: signed(out, seed + 400),
    residual: signed(sum.values.length, seed + 500, storage),
  };
  return { input, weights, ...others, answer: finished(sum, out, parts, others) };
}

function caseOf(
  sized: SizedKernel,
  { views, channels, out }: ConvolutionShape,
  parts: EpilogueParts,
  numbers: () => Numbers,
  storage: Storage,
  pack: (weights: Float32Array) => Float32Array,
  source: Storage,
): KernelCase {
  return {
    sized,
    count: views,
    bound() {
      const { input, weights, residual, answer: exact, ...perChannel } = numbers();
      return [
        stored(input, channels, source),
        stored(pack(weights), 4, storage),
        packChannels(out, perChannel),
        answer(exact, out, storage),
        new Uint32Array([views, 0, 0, 0]),
        ...(parts.residual ? [stored(residual, out, storage)] : []),
      ];
    },
  };
}

/** What stands alone where nothing precedes it that could take it. */
export function pointwiseCases(storage: Storage): KernelCase[] {
  const shape = { views: 3, positions: 29, channels: 10, storage };
  const length = shape.views * shape.positions * shape.channels;
  const input = signed(length, 11, storage);
  // Both tails of GELU, whose polynomials meet at 1.3.
  const wide = input.map((value) => 8 * value);
  const others = {
    bias: signed(10, 12),
    scale: signed(10, 13),
    shift: signed(10, 14),
    residual: signed(length, 15, storage),
  };
  const cases: readonly [EpilogueParts, Float32Array][] = [
    [{ ...NONE, affine: true, relu: true }, input],
    [{ ...NONE, residual: true, reluAfterAdd: true }, input],
    [{ ...NONE, gelu: true }, wide],
  ];
  return cases.map(([parts, values]) => ({
    sized: pointwiseKernel(shape, parts),
    count: shape.views,
    bound: () => [
      stored(values, 10, storage),
      packChannels(10, others),
      answer(finished(unchanged(values), 10, parts, others), 10, storage),
      ...(parts.residual ? [stored(others.residual, 10, storage)] : []),
    ],
  }));
}
