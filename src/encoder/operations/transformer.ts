import { positions } from '../../graph/ops.js';
import { quadsOf } from '../../kernels/adapter-class.js';
import { attentionKernel, attentionScoresKernel, attentionValuesKernel } from '../../kernels/attention.js';
import { layernormKernel, packNorm } from '../../kernels/layernorm.js';
import { softmaxKernel } from '../../kernels/softmax.js';
import { swigluKernel } from '../../kernels/swiglu.js';
import { packTokens, tokenKernel, tokensKernel } from '../../kernels/tokens.js';
import { flattened, type OperationTable, through } from '../operation.js';

/** What transformers have besides products. */
export const TRANSFORMER_OPERATIONS: OperationTable<
  'tokens' | 'token' | 'layernorm' | 'swiglu' | 'attention-scores' | 'softmax' | 'attention-values' | 'attention'
> = {
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
