import { quadsOf } from '../../kernels/adapter-class.js';
import { packWinogradWeights, winogradInputKernel, winogradKernel } from '../../kernels/winograd.js';
import { convolution, type OperationTable } from '../operation.js';

/** Convolutions by Winograd's algorithm: precision f32-winograd. */
export const WINOGRAD_OPERATIONS: OperationTable<'winograd-input' | 'winograd'> = {
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
};
