import { loadModel, type Model } from '../src/models/load.js';

/** Widths of the authors' ResNet-9. */
const BLOCKS = [
  ['prep', 3, 32],
  ['layer1_head', 32, 64],
  ['layer1_residual1', 64, 64],
  ['layer1_residual2', 64, 64],
  ['layer2', 64, 128],
  ['layer3_head', 128, 256],
  ['layer3_residual1', 256, 256],
  ['layer3_residual2', 256, 256],
] as const;

/** A ResNet-9 with made-up weights, the same each time: speed does not depend on what it has learned. */
export function madeUpResNet9(): Promise<Model> {
  const tensors = new Map<string, { shape: readonly number[] }>();
  for (const [block, from, to] of BLOCKS) {
    tensors.set(`${block}.conv.weight`, { shape: [to, from, 3, 3] });
    tensors.set(`${block}.conv.bias`, { shape: [to] });
    for (const part of ['weight', 'bias', 'running_mean', 'running_var'])
      tensors.set(`${block}.batch.${part}`, { shape: [to] });
  }
  return loadModel({
    name: 'a ResNet-9 with made-up weights',
    tensors,
    readF32: async (name) => {
      const { shape } = tensors.get(name)!;
      const count = shape.reduce((product, length) => product * length, 1);
      if (name.endsWith('running_var') || name.endsWith('batch.weight')) return new Float32Array(count).fill(1);
      // He's variance 2 / fan-in, so that values neither grow nor vanish with depth.
      const bound = shape.length === 1 ? 0.1 : Math.sqrt(6 / (count / shape[0]!));
      return numbers(count, -bound, bound);
    },
  });
}

/** Numbers spread over [low, high), the same each time. */
export function numbers(count: number, low = -1, high = 1): Float32Array {
  let state = 12345;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return low + ((high - low) * (state >>> 8)) / 2 ** 24;
  });
}
