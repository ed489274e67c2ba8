import type { NodeShape, Op } from '../../src/graph/graph.js';
import { gelu } from './erf.js';

/** A transformer's ops in float64 by plain loops: tokens [n, T, D], attention [n, heads, T, T]. */
export function runTransformerOp(
  op: Op,
  weights: (key: string, length: number) => ArrayLike<number>,
  inputs: readonly Float64Array[],
  from: NodeShape,
  to: NodeShape,
  n: number,
): Float64Array {
  const x = inputs[0]!;
  const d = from.channels;
  switch (op.kind) {
    case 'gelu':
      return x.map(gelu);
    case 'layernorm':
      return perRow(x, d, d, normalise(weights(op.weight, d), weights(op.bias, d), op.eps));
    case 'softmax':
      return perRow(x, d, d, softmax);
    case 'swiglu':
      return perRow(x, d, d / 2, (row) =>
        Float64Array.from({ length: d / 2 }, (_, i) => (row[i]! / (1 + Math.exp(-row[i]!))) * row[d / 2 + i]!),
      );
    case 'token':
      return perRow(x, from.height * from.width * d, d, (tokens) => tokens.slice(op.index * d, (op.index + 1) * d));
    case 'tokens': {
      const patches = from.height * from.width;
      const table = weights(op.table, (op.prefix + (op.positions ? patches : 0)) * d);
      return perRow(x, patches * d, to.height * d, (patch) =>
        Float64Array.from({ length: to.height * d }, (_, i) => {
          const inPatches = i - op.prefix * d;
          return inPatches < 0 ? table[i]! : patch[inPatches]! + (op.positions ? table[i]! : 0);
        }),
      );
    }
    case 'attention-scores':
      return scores(x, op.heads, from.height, d / 3, n);
    case 'attention-values':
      return values(x, inputs[1]!, op.heads, to.height, to.channels, n);
    default:
      throw new Error(`no reference of ${op.kind}`);
  }
}

function perRow(
  x: Float64Array,
  length: number,
  out: number,
  of: (row: Float64Array) => ArrayLike<number>,
): Float64Array {
  const y = new Float64Array((x.length / length) * out);
  for (let row = 0; row * length < x.length; row++) y.set(of(x.subarray(row * length, (row + 1) * length)), row * out);
  return y;
}

function normalise(weight: ArrayLike<number>, bias: ArrayLike<number>, eps: number) {
  return (row: Float64Array) => {
    const mean = row.reduce((a, b) => a + b, 0) / row.length;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / row.length;
    return row.map((value, i) => ((value - mean) / Math.sqrt(variance + eps)) * weight[i]! + bias[i]!);
  };
}

function softmax(row: Float64Array): Float64Array {
  const largest = row.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = row.map((value) => Math.exp(value - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((value) => value / sum);
}

function scores(qkv: Float64Array, heads: number, t: number, d: number, n: number): Float64Array {
  const size = d / heads;
  const y = new Float64Array(n * heads * t * t);
  for (let view = 0; view < n; view++)
    for (let h = 0; h < heads; h++)
      for (let q = 0; q < t; q++)
        for (let k = 0; k < t; k++) {
          const [query, key] = [(view * t + q) * 3 * d + h * size, (view * t + k) * 3 * d + d + h * size];
          let sum = 0;
          for (let i = 0; i < size; i++) sum += qkv[query + i]! * qkv[key + i]!;
          y[((view * heads + h) * t + q) * t + k] = sum / Math.sqrt(size);
        }
  return y;
}

function values(
  probabilities: Float64Array,
  qkv: Float64Array,
  heads: number,
  t: number,
  d: number,
  n: number,
): Float64Array {
  const size = d / heads;
  const y = new Float64Array(n * t * d);
  for (let view = 0; view < n; view++)
    for (let h = 0; h < heads; h++)
      for (let q = 0; q < t; q++)
        for (let k = 0; k < t; k++) {
          const weight = probabilities[((view * heads + h) * t + q) * t + k]!;
          const [from, to] = [(view * t + k) * 3 * d + 2 * d + h * size, (view * t + q) * d + h * size];
          for (let i = 0; i < size; i++) y[to + i]! += weight * qkv[from + i]!;
        }
  return y;
}
