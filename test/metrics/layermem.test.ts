import { expect, test } from 'vitest';
import { deltaLayerMem, mean, subtract } from '../../src/metrics/layermem.js';
import { uniforms } from './random.js';

const layers = [1, 2, 3, 4, 5].map((stream) => uniforms(40, stream));

test('Δ telescopes: it adds up to the last LayerMem minus the first', () => {
  const deltas = layers.slice(1).map((scores, l) => deltaLayerMem(scores, layers[l]!));
  const total = deltas.reduce((a, b) => a + b);
  expect(total).toBeCloseTo(mean(layers.at(-1)!) - mean(layers[0]!), 14);
});

test('a layer that repeats its predecessor has Δ 0 to the bit', () => {
  expect(deltaLayerMem(layers[0]!, layers[0]!)).toBe(0);
});

test('the order of images does not change a mean, but for rounding', () => {
  expect(mean([...layers[0]!].reverse())).toBeCloseTo(mean(layers[0]!), 14);
});

test('no values have no mean; unequal numbers are not paired', () => {
  expect(() => mean([])).toThrow(/no values/);
  expect(() => subtract([1], [1, 2])).toThrow(/cannot be paired/);
});
