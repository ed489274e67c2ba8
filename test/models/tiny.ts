import type { Weights } from '../../src/models/family.js';
import type { RefTensor } from '../reference/safetensors.js';

/** Tensors as a checkpoint, named 'tiny.safetensors'. */
export function weightsOf(tensors: ReadonlyMap<string, RefTensor>): Weights {
  return {
    name: 'tiny.safetensors',
    tensors,
    readF32: async (name) => Float32Array.from(tensors.get(name)!.data),
  };
}

/** Zeros of a shape. */
export function zeros(...shape: number[]): RefTensor {
  return { shape, data: new Float32Array(shape.reduce((product, length) => product * length, 1)) };
}

/** The tensors under other names. */
export function renamed(
  tensors: ReadonlyMap<string, RefTensor>,
  rename: (name: string) => string,
): Map<string, RefTensor> {
  return new Map([...tensors].map(([name, tensor]) => [rename(name), tensor]));
}
