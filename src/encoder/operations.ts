import type { Buffer } from '../gpu/gpu.js';
import type { NodeShape, Op, OpKind, OpOf } from '../graph/graph.js';
import { positions } from '../graph/ops.js';
import type { Storage } from '../half.js';
import { quadsOf } from '../kernels/adapter-class.js';
import { attentionKernel, attentionScoresKernel, attentionValuesKernel } from '../kernels/attention.js';
import { convKernel, packConvWeights, productOf } from '../kernels/conv.js';
import { type Design, storageOf } from '../kernels/design.js';
import type { EpilogueParts } from '../kernels/epilogue.js';
import { groupedConvKernel, packGroupedConvWeights } from '../kernels/grouped-conv.js';
import { layernormKernel, packNorm } from '../kernels/layernorm.js';
import { pointwiseKernel } from '../kernels/pointwise.js';
import { globalAvgpoolKernel, poolKernel } from '../kernels/pool.js';
import { shortcutPadKernel } from '../kernels/shortcut-pad.js';
import type { SizedKernel } from '../kernels/sized-kernel.js';
import { softmaxKernel } from '../kernels/softmax.js';
import { packStored } from '../kernels/storage.js';
import { swigluKernel } from '../kernels/swiglu.js';
import { tileFor } from '../kernels/tiles.js';
import { packTokens, tokenKernel, tokensKernel } from '../kernels/tokens.js';
import { packWinogradWeights, winogradInputKernel, winogradKernel } from '../kernels/winograd.js';

/** A step that a kernel is wanted for. */
export interface Site<O extends Op> {
  readonly op: O;
  /** The most views of a run. */
  readonly views: number;
  /** Shape of the first input, and of the output. */
  readonly from: NodeShape;
  readonly to: NodeShape;
  /** How the output and the weights are stored, and how the first input. */
  readonly storage: Storage;
  readonly source: Storage;
  readonly epilogue: EpilogueParts;
  readonly design: Design;
}

/** The buffers of a step. */
export interface StepBuffers {
  readonly inputs: readonly Buffer[];
  readonly output: Buffer;
  /** What `pack` made of the op's own numbers. */
  readonly packed: Buffer;
  /** Bias, scale and shift of the epilogue. */
  readonly channels: Buffer;
  /** The tensor that the epilogue adds: one, or none. */
  readonly residual: readonly Buffer[];
  /** Uniform: the number of views of the run. */
  readonly count: Buffer;
}

/** How an op runs: where graph and kernels meet, once per op. */
interface Operation<O extends Op> {
  /** The op's own numbers as its kernel reads them. Left out where it has none but those of the epilogue. */
  pack?(op: O, from: NodeShape, design: Design, values: (name: string) => Float32Array): Float32Array | Uint32Array;
  kernel(site: Site<O>): SizedKernel;
  /** In the order of the kernel's bindings. */
  buffers(buffers: StepBuffers): readonly Buffer[];
}

const convolution = (buffers: StepBuffers): readonly Buffer[] => [
  buffers.inputs[0]!,
  buffers.packed,
  buffers.channels,
  buffers.output,
  buffers.count,
  ...buffers.residual,
];
const throughChannels = ({ inputs, channels, output, residual }: StepBuffers): readonly Buffer[] => [
  inputs[0]!,
  channels,
  output,
  ...residual,
];
const through = ({ inputs, output }: StepBuffers): readonly Buffer[] => [...inputs, output];

const pointwise: Operation<Op> = {
  kernel: ({ views, storage, to, epilogue }) => pointwiseKernel({ views, storage, ...flattened(to) }, epilogue),
  buffers: throughChannels,
};

const OPERATIONS: { readonly [K in OpKind]: Operation<OpOf<K>> } = {
  conv: {
    pack: ({ weight, out, kernel, groups = 1 }, { channels }, design, values) =>
      stored(
        groups === 1
          ? packConvWeights(values(weight), out, channels, kernel)
          : packGroupedConvWeights(values(weight), out, channels / groups, kernel),
        design,
        weight,
      ),
    kernel({ op: { out, kernel, stride, padding, groups = 1 }, views, storage, source, from, epilogue, design }) {
      const shape = { views, storage, source, ...from, out, kernel, stride, padding };
      return groups === 1
        ? convKernel(shape, epilogue, tileFor(productOf(shape), design))
        : groupedConvKernel({ ...shape, groups }, epilogue, design.family, quadsOf(design.adapter));
    },
    buffers: convolution,
  },
  'winograd-input': {
    kernel: ({ views, from }) => winogradInputKernel({ views, ...from }),
    buffers: ({ inputs, output, count }) => [inputs[0]!, output, count],
  },
  winograd: {
    pack: ({ weight, out }, { channels }, _, values) => packWinogradWeights(values(weight), out, channels),
    kernel: ({ op: { out, height, width }, views, from: { channels }, epilogue, design }) =>
      winogradKernel({ views, height, width, channels, out }, epilogue, design.family, quadsOf(design.adapter)),
    buffers: convolution,
  },
  'patch-embed': {
    pack: (op, from, design, values) =>
      stored(packConvWeights(values(op.weight), op.out, from.channels, op.kernel), design, op.weight),
    kernel({ op: { out, kernel }, views, storage, source, from, epilogue, design }) {
      const shape = { views, storage, source, ...from, out, kernel, stride: kernel, padding: 0 };
      return convKernel(shape, epilogue, tileFor(productOf(shape), design));
    },
    buffers: convolution,
  },
  linear: {
    pack: (op, from, design, values) =>
      stored(packConvWeights(values(op.weight), op.out, from.channels, 1), design, op.weight),
    kernel({ op, views, storage, source, from, epilogue, design }) {
      const shape = { views, storage, source, ...from, out: op.out, kernel: 1, stride: 1, padding: 0 };
      return convKernel(shape, epilogue, tileFor(productOf(shape), design));
    },
    buffers: convolution,
  },
  affine: pointwise,
  relu: pointwise,
  gelu: pointwise,
  add: pointwise,
  maxpool: {
    kernel: ({ op: { kernel, stride, padding }, views, storage, from }) =>
      poolKernel({ views, storage, ...from, kernel, stride, padding }, 'max'),
    buffers: through,
  },
  avgpool: {
    kernel: ({ op: { kernel, stride, padding }, views, storage, from }) =>
      poolKernel({ views, storage, ...from, kernel, stride, padding }, 'avg'),
    buffers: through,
  },
  'global-avgpool': {
    kernel: ({ op, views, storage, from }) =>
      globalAvgpoolKernel({ views, storage, ...flattened(from), first: op.from ?? 0 }),
    buffers: through,
  },
  'shortcut-pad': {
    kernel: ({ op: { out, stride }, views, storage, from }) =>
      shortcutPadKernel({ views, storage, ...from, out, stride }),
    buffers: through,
  },
  tokens: {
    pack(op, from, _, values) {
      const table = values(op.table);
      const split = op.prefix * from.channels;
      return packTokens(from.channels, table.subarray(0, split), op.positions ? table.subarray(split) : undefined);
    },
    kernel: ({ op: { prefix, positions: added }, views, storage, from }) =>
      tokensKernel({ views, storage, patches: positions(from), prefix, channels: from.channels }, { positions: added }),
    buffers: ({ inputs, packed, output }) => [inputs[0]!, packed, output],
  },
  token: {
    kernel: ({ op, views, storage, from }) =>
      tokenKernel({ views, storage, tokens: positions(from), channels: from.channels }, op.index),
    buffers: through,
  },
  layernorm: {
    pack: (op, from, _, values) => packNorm(from.channels, values(op.weight), values(op.bias)),
    kernel: ({ op, views, storage, from, design }) =>
      layernormKernel({ views, storage, ...flattened(from) }, op, design.family),
    buffers: ({ inputs, packed, output }) => [inputs[0]!, packed, output],
  },
  swiglu: {
    kernel: ({ views, storage, to }) => swigluKernel({ views, storage, ...flattened(to) }),
    buffers: through,
  },
  'attention-scores': {
    kernel: ({ op: { heads }, views, storage, from, design }) =>
      attentionScoresKernel(
        { views, storage, heads, tokens: from.height, channels: from.channels / 3 },
        design.family,
        quadsOf(design.adapter),
      ),
    buffers: through,
  },
  softmax: {
    kernel: ({ views, storage, from, design }) =>
      softmaxKernel({ views, storage, rows: positions(from), columns: from.channels }, design.family),
    buffers: through,
  },
  'attention-values': {
    kernel: ({ op: { heads }, views, storage, to, design }) =>
      attentionValuesKernel(
        { views, storage, heads, tokens: to.height, channels: to.channels },
        design.family,
        quadsOf(design.adapter),
      ),
    buffers: through,
  },
  attention: {
    kernel: ({ op: { heads }, views, storage, to, design }) =>
      attentionKernel(
        { views, storage, heads, tokens: to.height, channels: to.channels },
        design.family,
        quadsOf(design.adapter),
      ),
    buffers: through,
  },
};

/** The operation of an op's kind. */
export function operationOf<K extends OpKind>(op: OpOf<K>): Operation<OpOf<K>> {
  return OPERATIONS[op.kind as K];
}

function stored(weights: Float32Array, { precision }: Design, name: string): Float32Array | Uint32Array {
  return packStored(weights, storageOf(precision), name);
}

function flattened(shape: NodeShape): { readonly positions: number; readonly channels: number } {
  return { positions: positions(shape), channels: shape.channels };
}
