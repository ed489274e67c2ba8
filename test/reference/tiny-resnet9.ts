import { type RefTensor, writeSafetensors } from './safetensors.js';

/** Output channels of prep, layer1_head, layer2, layer3_head; the residual blocks keep their head's. */
export type ResNet9Widths = readonly [prep: number, layer1: number, layer2: number, layer3: number];

/**
 * A safetensors file (F32) of a random ResNet-9 in the authors' naming. `width` is that of `prep`, the others are 2, 4
 * and 8 times as wide, unless all four are given. Equal arguments give equal bytes; f and g differ by their seed.
 * `classes` adds `classifier.2`, `prefix` goes before every name.
 */
export function tinyResNet9(
  seed: number,
  width: number | ResNet9Widths = 4,
  options: { classes?: number; prefix?: string } = {},
): Uint8Array {
  return writeSafetensors(tinyResNet9Tensors(seed, width, options));
}

/** The same as tensors by name, for tests that spoil one before writing. */
export function tinyResNet9Tensors(
  seed: number,
  width: number | ResNet9Widths = 4,
  { classes, prefix = '' }: { classes?: number; prefix?: string } = {},
): Map<string, RefTensor> {
  const [a, b, c, d] = typeof width === 'number' ? [width, 2 * width, 4 * width, 8 * width] : width;
  const random = uniform(seed);
  const tensors = new Map<string, RefTensor>();
  const put = (name: string, shape: number[], low: number, high: number) => {
    const length = shape.reduce((product, size) => product * size, 1);
    const data = Float32Array.from({ length }, () => low + (high - low) * random());
    tensors.set(prefix + name, { shape, data });
  };
  const blocks: [string, number, number][] = [
    ['prep', 3, a],
    ['layer1_head', a, b],
    ['layer1_residual1', b, b],
    ['layer1_residual2', b, b],
    ['layer2', b, c],
    ['layer3_head', c, d],
    ['layer3_residual1', d, d],
    ['layer3_residual2', d, d],
  ];
  for (const [block, from, to] of blocks) {
    // Uniform with He's variance 2 / fan-in, so that values neither grow nor vanish with depth.
    const bound = Math.sqrt(6 / (from * 9));
    put(`${block}.conv.weight`, [to, from, 3, 3], -bound, bound);
    put(`${block}.conv.bias`, [to], -0.2, 0.2);
    put(`${block}.batch.weight`, [to], 0.5, 1.5);
    put(`${block}.batch.bias`, [to], -0.3, 0.3);
    put(`${block}.batch.running_mean`, [to], -0.3, 0.3);
    put(`${block}.batch.running_var`, [to], 0.5, 1.5);
  }
  if (classes !== undefined) {
    put('classifier.2.weight', [classes, d], -1 / Math.sqrt(d), 1 / Math.sqrt(d));
    put('classifier.2.bias', [classes], -0.1, 0.1);
  }
  return tensors;
}

/** Uniform numbers in [0, 1) by a 32-bit generator (mulberry32): the same in every engine. */
export function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = Math.imul(state ^ (state >>> 15), state | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return ((z ^ (z >>> 14)) >>> 0) / 2 ** 32;
  };
}
