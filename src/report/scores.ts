import type { LayerScores, SetScores } from '../analysis/result.js';

/** A tensor to be written: row-major, little-endian once it is in a file. */
export interface ScoreTensor {
  readonly name: string;
  readonly dtype: 'F32' | 'I32';
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array;
}

/**
 * The contents of scores.safetensors, in order of sets and layers. Per set and node: `SET/alignment/f/NODE` [n],
 * `SET/alignment/g/NODE` [n] and `SET/sslmem/NODE` [n] (with a reference), `SET/mu/f/NODE` [n, units] (nodes with
 * units), `SET/unitmem/NODE` [units] and `SET/argmax/NODE` [units] (position within the set; sets of two images or
 * more); per set `SET/index` [n], the image's record number in its source.
 */
export function scoreTensors(sets: readonly SetScores[]): ScoreTensor[] {
  return sets.flatMap(({ set, index, layers }) => [
    i32(`${set}/index`, [index.length], Int32Array.from(index)),
    ...layers.flatMap((layer) => layerTensors(set, layer, index.length)),
  ]);
}

function layerTensors(set: string, layer: LayerScores, n: number): ScoreTensor[] {
  const { node, units } = layer;
  const tensors = [f32(`${set}/alignment/f/${node}`, [n], layer.alignmentF)];
  if (layer.alignmentG !== null) tensors.push(f32(`${set}/alignment/g/${node}`, [n], layer.alignmentG));
  if (layer.sslmem !== null) tensors.push(f32(`${set}/sslmem/${node}`, [n], layer.sslmem));
  if (units > 0) tensors.push(unitMeans(`${set}/mu/f/${node}`, [n, units], layer));
  if (layer.unitmem.length > 0) {
    tensors.push(f32(`${set}/unitmem/${node}`, [units], layer.unitmem));
    tensors.push(i32(`${set}/argmax/${node}`, [units], layer.argmax));
  }
  return tensors;
}

/** Read when they are written, as they may lie in files. */
function unitMeans(name: string, shape: readonly number[], layer: LayerScores): ScoreTensor {
  return {
    name,
    dtype: 'F32',
    shape,
    get data() {
      return layer.mu;
    },
  };
}

function f32(name: string, shape: readonly number[], data: Float32Array | Float64Array): ScoreTensor {
  return { name, dtype: 'F32', shape, data: data instanceof Float32Array ? data : Float32Array.from(data) };
}

function i32(name: string, shape: readonly number[], data: Int32Array): ScoreTensor {
  return { name, dtype: 'I32', shape, data };
}
