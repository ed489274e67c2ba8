import type { Op } from '../../graph/graph.js';
import { quadsOf } from '../../kernels/adapter-class.js';
import { convKernel, packConvWeights, productOf } from '../../kernels/conv.js';
import { type Design, storageOf } from '../../kernels/design.js';
import { groupedConvKernel, packGroupedConvWeights } from '../../kernels/grouped-conv.js';
import { pointwiseKernel } from '../../kernels/pointwise.js';
import { globalAvgpoolKernel, poolKernel } from '../../kernels/pool.js';
import { shortcutPadKernel } from '../../kernels/shortcut-pad.js';
import { packStored } from '../../kernels/storage.js';
import { tileFor } from '../../kernels/tiles.js';
import { convolution, flattened, type Operation, type OperationTable, through } from '../operation.js';

const pointwise: Operation<Op> = {
  kernel: ({ views, storage, to, epilogue }) => pointwiseKernel({ views, storage, ...flattened(to) }, epilogue),
  buffers: ({ inputs, channels, output, residual }) => [inputs[0]!, channels, output, ...residual],
};

/** Products, pointwise ops and pooling: what convolutional networks are made of. */
export const MAP_OPERATIONS: OperationTable<
  | 'conv'
  | 'patch-embed'
  | 'linear'
  | 'affine'
  | 'relu'
  | 'gelu'
  | 'add'
  | 'maxpool'
  | 'avgpool'
  | 'global-avgpool'
  | 'shortcut-pad'
> = {
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
};

function stored(weights: Float32Array, { precision }: Design, name: string): Float32Array | Uint32Array {
  return packStored(weights, storageOf(precision), name);
}
