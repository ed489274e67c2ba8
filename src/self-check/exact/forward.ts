import type { Graph, NodeShape, Op } from '../../graph/graph.js';
import { positions } from '../../graph/ops.js';
import { inferShapes } from '../../graph/shapes.js';
import { unchanged } from './bounded.js';
import { meanOverPositions, pooled } from './maps.js';
import { convolution, gelu } from './products.js';
import { attentionScores, attentionValues, layerNorm, softmax, tokenRows } from './transformer.js';

type Numbers = ArrayLike<number>;

/**
 * Every node of a graph in float64, op by op: [views][height][width][channels].
 * @param input [views][height][width][channels]
 */
export function forward(
  graph: Graph,
  parameters: ReadonlyMap<string, Float32Array>,
  input: Numbers,
  views: number,
): Map<string, Numbers> {
  const shapes = inferShapes(graph);
  const found = new Map<string, Numbers>([['input', input]]);
  for (const { name, op, inputs } of graph.nodes) {
    const read = inputs.map((node) => found.get(node)!) as [Numbers, ...Numbers[]];
    found.set(
      name,
      computed(op, read, shapes.get(inputs[0]!)!, views, (of) => parameters.get(of)!),
    );
  }
  return found;
}

function computed(
  op: Op,
  [x, ...others]: readonly [Numbers, ...Numbers[]],
  from: NodeShape,
  views: number,
  numbers: (name: string) => Float32Array,
): Numbers {
  const { channels } = from;
  const each = (of: (value: number, channel: number, at: number) => number) =>
    Float64Array.from(x, (value, i) => of(value, i % channels, i));
  switch (op.kind) {
    case 'conv':
      return biased(convolution({ ...from, ...op, views }, x, numbers(op.weight)).values, op, numbers);
    case 'patch-embed': {
      const window = { ...from, out: op.out, kernel: op.kernel, stride: op.kernel, padding: 0 };
      return biased(convolution({ ...window, views }, x, numbers(op.weight)).values, op, numbers);
    }
    case 'linear': {
      const rows = { views: views * positions(from), height: 1, width: 1, channels };
      const window = { ...rows, out: op.out, kernel: 1, stride: 1, padding: 0 };
      return biased(convolution(window, x, numbers(op.weight)).values, op, numbers);
    }
    case 'affine':
      return each((value, c) => value * numbers(op.scale)[c]! + numbers(op.shift)[c]!);
    case 'relu':
      return each((value) => Math.max(value, 0));
    case 'gelu':
      return each(gelu);
    case 'add':
      return each((value, _, at) => value + others[0]![at]!);
    case 'maxpool':
      return pooled({ ...from, ...op, views }, 'max', x).values;
    case 'global-avgpool':
      return meanOverPositions({ views, positions: positions(from), channels }, op.from ?? 0, x).values;
    case 'layernorm':
      return layerNorm(x, channels, numbers(op.weight), numbers(op.bias), op.eps).values;
    case 'tokens':
      return tokenRows({ patches: positions(from), prefix: op.prefix, channels }, op.positions, x, numbers(op.table))
        .values;
    case 'token': {
      const length = positions(from) * channels;
      const first = op.index * channels;
      return Float64Array.from(
        { length: views * channels },
        (_, i) => x[Math.floor(i / channels) * length + first + (i % channels)]!,
      );
    }
    case 'attention-scores':
      return attentionScores({ views, tokens: positions(from), heads: op.heads, channels: channels / 3 }, x).values;
    case 'softmax':
      return softmax(unchanged(x), channels).values;
    case 'attention-values': {
      const { heads } = op;
      const shape = { views, tokens: channels, heads, channels: others[0]!.length / (views * channels * 3) };
      return attentionValues(shape, unchanged(x), others[0]!).values;
    }
    default:
      throw new Error(`no answer is known of ${op.kind}`);
  }
}

function biased(
  sums: Float64Array,
  { bias, out }: { readonly bias: string | null; readonly out: number },
  numbers: (name: string) => Float32Array,
): Float64Array {
  return bias === null ? sums : sums.map((sum, i) => sum + numbers(bias)[i % out]!);
}
