import type { AdapterFacts } from '../src/gpu/gpu.js';
import { makePlan } from '../src/graph/plan.js';
import { adapterClass, quadsOf } from '../src/kernels/adapter-class.js';
import { type ConvShape, convKernel, convOutput, productOf } from '../src/kernels/conv.js';
import { tilingFor } from '../src/kernels/design.js';
import type { EpilogueParts } from '../src/kernels/epilogue.js';
import { familyFor } from '../src/kernels/family.js';
import { type GroupedConvShape, groupedConvKernel } from '../src/kernels/grouped-conv.js';
import { checkBinding, groupsOfFour, viewBytes } from '../src/kernels/sized-kernel.js';
import type { Tile } from '../src/kernels/tile.js';
import { type MeasuredTiles, tileFor } from '../src/kernels/tiles.js';
import type { Model } from '../src/models/load.js';
import type { Bound, Case, Task } from './case.js';
import { numbers } from './numbers.js';
import { flopsOf, parseShape, shapeName } from './shapes.js';

/** As in a ResNet: bias, normalisation and ReLU are part of the kernel. */
export const EPILOGUE: EpilogueParts = {
  bias: true,
  affine: true,
  relu: true,
  gelu: false,
  residual: false,
  reluAfterAdd: false,
};

/** Views of a batch of ResNet-9, of 32-pixel and of 224-pixel images. */
const VIEWS = { software: { resnet9: 64, small: 64, large: 8 }, hardware: { resnet9: 320, small: 320, large: 32 } };

/** The two reference shapes, and what encoders are made of: convolutions, stems, strides, products of any length. */
export function convolutionCases(resnet9: Model, kind: 'software' | 'hardware', tiles?: MeasuredTiles): Case[] {
  const { small, large, resnet9: views } = VIEWS[kind];
  const shapes = [
    'conv:32,32,64,64',
    'gemm:1024,1024,1024',
    `conv:${small},32,3,64`,
    `conv:${large},224,3,64,7,2`,
    `conv:${large},224,3,768,16,16,0`,
    `conv:${large},56,64,256,1`,
    `conv:${large},56,256,64,1`,
    `conv:${large},56,256,512,1,2`,
    `conv:${large},56,128,128,3,2`,
    `conv:${large},7,512,512`,
    'gemm:1,3072,768',
    'gemm:197,3072,768',
    'gemm:197,768,3072',
  ].map(parseShape);
  const cases = [...resnet9Shapes(resnet9, views), ...shapes].map((conv) => convolutionCase(conv, tiles));
  return [...new Map(cases.map((made) => [made.name, made])).values()].concat(
    [
      { channels: 128, side: 56 },
      { channels: 1024, side: 7 },
    ].map(({ channels, side }) =>
      groupedCase({
        ...{ views: large, height: side, width: side, channels, out: channels },
        ...{ kernel: 3, stride: 1, padding: 1, groups: 32 },
      }),
    ),
  );
}

/** Every convolution of the encoder, as its default taps leave it. */
function resnet9Shapes(model: Model, views: number): ConvShape[] {
  const { steps, tensors } = makePlan(model.graph, { taps: model.defaultTaps });
  return steps.flatMap(({ op, inputs }) => {
    if (op.kind !== 'conv') return [];
    const { out, kernel, stride, padding } = op;
    return [{ views, ...tensors[inputs[0]!]!.shape, out, kernel, stride, padding }];
  });
}

/** @param tiles that were measured on the adapter */
export function convolutionCase(conv: ConvShape, tiles: MeasuredTiles = {}): Case {
  return {
    name: shapeName(conv),
    make: ({ facts }) => convolutionTask(facts, conv, tileFor(productOf(conv), tilingFor(facts, { tiles }))),
  };
}

/** @throws BAD_OPTION where the adapter cannot hold it */
export function convolutionTask(facts: AdapterFacts, conv: ConvShape, tile: Tile): Task {
  const weights = 4 * groupsOfFour(conv.out) * conv.kernel ** 2 * 4 * groupsOfFour(conv.channels);
  checkSizes(facts, shapeName(conv), conv, weights * 4);
  return {
    sized: convKernel(conv, EPILOGUE, tile),
    count: conv.views,
    bound: boundOf(conv, weights),
    flops: flopsOf(conv),
    bytes: movedBytes(conv, weights),
  };
}

/** @param conv of stride 1, on a square map, with as many outputs as inputs */
function groupedCase(conv: GroupedConvShape): Case {
  const { views, height, channels, kernel, groups } = conv;
  const name = `grouped-conv ${kernel}x${kernel} ${channels} g${groups} @${height} b${views}`;
  return {
    name,
    make({ facts }) {
      const weights = (4 * groupsOfFour(conv.out) * kernel ** 2 * channels) / groups;
      checkSizes(facts, name, conv, weights * 4);
      return {
        sized: groupedConvKernel(conv, EPILOGUE, familyFor(facts), quadsOf(adapterClass(facts))),
        count: conv.views,
        bound: boundOf(conv, weights),
        flops: flopsOf(conv) / groups,
        bytes: movedBytes(conv, weights),
      };
    },
  };
}

function checkSizes(facts: AdapterFacts, name: string, conv: ConvShape, weightBytes: number) {
  checkBinding(facts, name, Math.max(viewBytes(conv), outputBytes(conv)), conv.views);
  checkBinding(facts, name, weightBytes, 1);
}

/** Input, weights, channels, output, count. */
function boundOf(conv: ConvShape, weights: number): Bound[] {
  return [
    numbers((conv.views * viewBytes(conv)) / 4),
    numbers(weights, -0.1, 0.1),
    numbers(12 * groupsOfFour(conv.out)),
    conv.views * outputBytes(conv),
    new Uint32Array([conv.views, 0, 0, 0]),
  ];
}

/** A 1×1 convolution with a stride reads the positions that it steps on, and no others. */
function movedBytes(conv: ConvShape, weights: number): number {
  const { height, width } = convOutput(conv);
  const read = conv.kernel < conv.stride ? { height, width } : conv;
  return conv.views * (viewBytes({ ...read, channels: conv.channels }) + outputBytes(conv)) + 4 * weights;
}

function outputBytes(conv: ConvShape): number {
  return viewBytes({ ...convOutput(conv), channels: conv.out });
}
