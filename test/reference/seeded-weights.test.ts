import { expect, test } from 'vitest';
import { sha256 } from '../../src/sha256.js';
import { readGolden } from '../read-golden.js';
import { photographs, sampledNodes } from './sampled-nodes.js';
import { dinov2Small, resnet34, resnet50, vitBase16 } from './seeded-weights.js';

const MODELS = { resnet34, resnet50, vitBase16, dinov2Small };
const checksums = JSON.parse(new TextDecoder().decode(await readGolden('large/checksums.json')));

test.each(Object.keys(MODELS) as (keyof typeof MODELS)[])(
  '%s has the tensors that Python made, bit for bit',
  (model) => {
    const { tensors } = MODELS[model]();
    const expected = checksums[model];
    const sizes = [...tensors.values()].map(({ shape }) => shape.reduce((a, b) => a * b, 1));
    expect(tensors.size).toBe(expected.tensors);
    expect(sizes.reduce((a, b) => a + b, 0)).toBe(expected.values);
    expect([...tensors.keys()].filter((_, i) => i % 7 === 0)).toEqual(Object.keys(expected.sha256));
    for (const [name, digest] of Object.entries(expected.sha256)) {
      const { data } = tensors.get(name)!;
      expect(sha256(new Uint8Array(data.buffer)), name).toBe(digest);
    }
  },
);

test('parameters are those of the published encoders', () => {
  // Batch normalisations store mean and variance as well.
  const counts = (model: keyof typeof MODELS) =>
    [...MODELS[model]().tensors]
      .filter(([name]) => !name.includes('running_'))
      .reduce((sum, [, { shape }]) => sum + shape.reduce((a, b) => a * b, 1), 0);
  expect(counts('resnet34')).toBe(21_284_672);
  expect(counts('resnet50')).toBe(23_508_032);
  expect(counts('vitBase16')).toBe(85_798_656);
  // DINOv2's ViT-S/14 has 22,056,576 with its mask token.
  expect(counts('dinov2Small')).toBe(22_056_576 - 384);
});

test('values are bfloat16, variances positive', () => {
  for (const [name, { shape, data }] of resnet34().tensors) {
    if (!name.endsWith('running_var')) continue;
    expect(data.length, name).toBe(shape[0]);
    expect(data.every((value) => value >= 0.29 && value <= 2.01)).toBe(true);
    expect(new Uint32Array(data.buffer).every((bits) => (bits & 0xffff) === 0)).toBe(true);
  }
});

test('a tensor is the same each time it is read', async () => {
  const weights = dinov2Small();
  expect(await weights.readF32('blocks.3.ls1.gamma')).toEqual(weights.tensors.get('blocks.3.ls1.gamma')!.data);
});

test('the fixtures hold every node, 64 values of each from its first to its last', async () => {
  for (const [model, count, last] of [
    ['resnet34', 123, 'avgpool'],
    ['resnet50', 173, 'avgpool'],
    ['vitBase16', 76, 'cls'],
    ['dinov2Small', 76, 'cls'],
  ] as const) {
    const nodes = await sampledNodes(model);
    expect([...nodes.keys()].at(-1)).toBe(last);
    expect(nodes.size, model).toBe(count);
    for (const [name, { shape, at, values, largest }] of nodes) {
      const size = shape.reduce((a, b) => a * b, 1);
      expect([at.length, at[0], at[63]], name).toEqual([64, 0, size - 1]);
      for (const image of [0, 1])
        for (const value of values[image]!) expect(Math.abs(value)).toBeLessThanOrEqual(largest[image]!);
    }
  }
});

test('the photographs reach both sides as the same floats', async () => {
  const { shape, data } = await photographs();
  expect(shape).toEqual([2, 3, 224, 224]);
  expect(sha256(new Uint8Array(data.buffer))).toBe(checksums.photographs);
});
