import type { Graph, GraphNode, NodeShape } from '../../src/graph/graph.js';
import { inferShapes } from '../../src/graph/shapes.js';
import { runTransformerOp } from './transformer.js';

/** Weights by name: conv [out, in, k, k], linear [out, in], vectors per channel; row-major. */
export type RefParameters = ReadonlyMap<string, ArrayLike<number>>;

/**
 * Runs a graph in float64 by plain loops and returns every node. `input` and all results are [n, H, W, C], row-major,
 * channels not padded (`nchwToNhwc` and `nhwcToNchw` convert); tokens [n, T, D], attention [n, heads, T, T]. Max pooling pads with −∞; average pooling divides by
 * kernel², padding included.
 * @param read what a node reads of another, where that is not the value computed here
 */
export function runGraphF64(
  graph: Graph,
  parameters: RefParameters,
  input: ArrayLike<number>,
  n: number,
  read?: ReadonlyMap<string, ArrayLike<number>>,
): Map<string, Float64Array> {
  const shapes = inferShapes(graph);
  const values = new Map<string, Float64Array>([['input', Float64Array.from(input)]]);
  const shapeOf = (name: string) => shapes.get(name)!;
  if (input.length !== n * elements(graph.input)) throw new Error('the input does not have n views');
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) =>
      read?.has(name) ? Float64Array.from(read.get(name)!) : values.get(name)!,
    );
    values.set(node.name, runNode(node, parameters, inputs, shapeOf(node.inputs[0]!), shapeOf(node.name), n));
  }
  values.delete('input');
  return values;
}

function runNode(
  { name, op }: GraphNode,
  parameters: RefParameters,
  inputs: readonly Float64Array[],
  from: NodeShape,
  to: NodeShape,
  n: number,
): Float64Array {
  const weights = (key: string, length: number) => {
    const value = parameters.get(key);
    if (value?.length !== length) throw new Error(`${name}: ${key} has ${value?.length} values, not ${length}`);
    return value;
  };
  const x = inputs[0]!;
  const c = to.channels;
  switch (op.kind) {
    case 'conv': {
      const { groups = 1 } = op;
      const weight = weights(op.weight, (c * from.channels * op.kernel ** 2) / groups);
      return conv(
        x,
        dense(weight, from.channels, c, op.kernel, groups),
        op.bias === null ? null : weights(op.bias, c),
        op,
        from,
        to,
        n,
      );
    }
    case 'linear': {
      const weight = weights(op.weight, c * from.channels);
      const window = { kernel: 1, stride: 1, padding: 0 };
      return conv(x, weight, op.bias === null ? null : weights(op.bias, c), window, from, to, n);
    }
    case 'affine': {
      const scale = weights(op.scale, c);
      const shift = weights(op.shift, c);
      return x.map((value, i) => value * scale[i % c]! + shift[i % c]!);
    }
    case 'relu':
      return x.map((value) => Math.max(value, 0));
    case 'add':
      return x.map((value, i) => value + inputs[1]![i]!);
    case 'maxpool':
      return pool(x, op, from, to, n, Number.NEGATIVE_INFINITY, Math.max, 1);
    case 'avgpool':
      return pool(x, op, from, to, n, 0, (a, b) => a + b, op.kernel ** 2);
    case 'global-avgpool': {
      const { from: first = 0 } = op;
      const area = from.height * from.width;
      return Float64Array.from({ length: n * c }, (_, i) => {
        let sum = 0;
        for (let p = first; p < area; p++) sum += x[(Math.floor(i / c) * area + p) * c + (i % c)]!;
        return sum / (area - first);
      });
    }
    case 'shortcut-pad':
      return shortcutPad(x, op.stride, from, to, n);
    case 'patch-embed': {
      const weight = weights(op.weight, c * from.channels * op.kernel ** 2);
      const map = { height: from.height / op.kernel, width: from.width / op.kernel, channels: c };
      const window = { kernel: op.kernel, stride: op.kernel, padding: 0 };
      return conv(x, weight, op.bias === null ? null : weights(op.bias, c), window, from, map, n);
    }
    default:
      return runTransformerOp(op, weights, inputs, from, to, n);
  }
}

/** Option A of a CIFAR ResNet: every `stride`-th position, zero channels around. */
function shortcutPad(x: Float64Array, stride: number, from: NodeShape, to: NodeShape, n: number): Float64Array {
  const y = new Float64Array(n * elements(to));
  const before = Math.floor((to.channels - from.channels) / 2);
  for (let view = 0; view < n; view++)
    for (let oy = 0; oy < to.height; oy++)
      for (let ox = 0; ox < to.width; ox++)
        for (let c = 0; c < from.channels; c++)
          y[((view * to.height + oy) * to.width + ox) * to.channels + before + c] =
            x[((view * from.height + oy * stride) * from.width + ox * stride) * from.channels + c]!;
  return y;
}

interface Window {
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** The weights of a grouped convolution as those of a plain one: zero between groups. */
function dense(
  weight: ArrayLike<number>,
  channels: number,
  out: number,
  kernel: number,
  groups: number,
): ArrayLike<number> {
  if (groups === 1) return weight;
  const [inC, taps] = [channels / groups, kernel ** 2];
  const full = new Float64Array(out * channels * taps);
  for (let o = 0; o < out; o++) {
    const first = Math.floor(o / (out / groups)) * inC;
    for (let i = 0; i < inC * taps; i++) full[(o * channels + first) * taps + i] = weight[o * inC * taps + i]!;
  }
  return full;
}

function conv(
  x: Float64Array,
  weight: ArrayLike<number>,
  bias: ArrayLike<number> | null,
  { kernel, stride, padding }: Window,
  from: NodeShape,
  to: NodeShape,
  n: number,
): Float64Array {
  const [inC, outC] = [from.channels, to.channels];
  // [ky, kx, in, out]: the innermost loop then runs over neighbours in memory.
  const w = new Float64Array(weight.length);
  for (let o = 0; o < outC; o++)
    for (let i = 0; i < inC; i++)
      for (let k = 0; k < kernel * kernel; k++)
        w[(k * inC + i) * outC + o] = weight[(o * inC + i) * kernel * kernel + k]!;
  const y = new Float64Array(n * elements(to));
  const sum = new Float64Array(outC);
  for (let view = 0; view < n; view++)
    for (let oy = 0; oy < to.height; oy++)
      for (let ox = 0; ox < to.width; ox++) {
        for (let o = 0; o < outC; o++) sum[o] = bias === null ? 0 : bias[o]!;
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const iy = oy * stride + ky - padding;
            const ix = ox * stride + kx - padding;
            if (iy < 0 || ix < 0 || iy >= from.height || ix >= from.width) continue;
            const at = ((view * from.height + iy) * from.width + ix) * inC;
            let row = (ky * kernel + kx) * inC * outC;
            for (let i = 0; i < inC; i++, row += outC) {
              const value = x[at + i]!;
              for (let o = 0; o < outC; o++) sum[o]! += value * w[row + o]!;
            }
          }
        y.set(sum, ((view * to.height + oy) * to.width + ox) * outC);
      }
  return y;
}

function pool(
  x: Float64Array,
  { kernel, stride, padding }: Window,
  from: NodeShape,
  to: NodeShape,
  n: number,
  start: number,
  fold: (a: number, b: number) => number,
  divisor: number,
): Float64Array {
  const c = to.channels;
  const y = new Float64Array(n * elements(to)).fill(start);
  for (let view = 0; view < n; view++)
    for (let oy = 0; oy < to.height; oy++)
      for (let ox = 0; ox < to.width; ox++)
        for (let ky = 0; ky < kernel; ky++)
          for (let kx = 0; kx < kernel; kx++) {
            const iy = oy * stride + ky - padding;
            const ix = ox * stride + kx - padding;
            if (iy < 0 || ix < 0 || iy >= from.height || ix >= from.width) continue;
            const source = ((view * from.height + iy) * from.width + ix) * c;
            const target = ((view * to.height + oy) * to.width + ox) * c;
            for (let i = 0; i < c; i++) y[target + i] = fold(y[target + i]!, x[source + i]!);
          }
  return divisor === 1 ? y : y.map((value) => value / divisor);
}

function elements({ height, width, channels }: NodeShape): number {
  return height * width * channels;
}

/** [n, C, H, W] to [n, H, W, C]. */
export function nchwToNhwc(data: ArrayLike<number>, n: number, shape: NodeShape): Float64Array {
  return permute(data, n, shape, true);
}

/** [n, H, W, C] to [n, C, H, W]. */
export function nhwcToNchw(data: ArrayLike<number>, n: number, shape: NodeShape): Float64Array {
  return permute(data, n, shape, false);
}

function permute(data: ArrayLike<number>, n: number, { height, width, channels }: NodeShape, toNhwc: boolean) {
  const area = height * width;
  const result = new Float64Array(n * area * channels);
  for (let view = 0; view < n; view++)
    for (let c = 0; c < channels; c++)
      for (let p = 0; p < area; p++) {
        const nchw = (view * channels + c) * area + p;
        const nhwc = (view * area + p) * channels + c;
        if (toNhwc) result[nhwc] = data[nchw]!;
        else result[nchw] = data[nhwc]!;
      }
  return result;
}
