import { expect, test } from 'vitest';
import { useOf, variantOf } from '../../src/self-check/use.js';
import { models } from '../kernels/planned-kernels.js';
import { designsOf } from './designs.js';

const [design, half] = designsOf('register');

test('an encoder with tokens is a transformer, any other is convolutional', async () => {
  const found = (await models()).map(({ graph }) => [graph.family, useOf({ graph, design: design! }, 2).encoder]);
  expect(found.filter(([, encoder]) => encoder === 'transformer').map(([family]) => family)).toEqual([
    'ViT [1 × 64]/8',
    'ViT [1 × 64]/8',
  ]);
  expect(found).toHaveLength(5);
});

test('from 13 views on pairs are taken in blocks', async () => {
  const [{ graph }] = (await models()) as [Awaited<ReturnType<typeof models>>[number]];
  expect([2, 12, 13].map((views) => useOf({ graph, design: design! }, views).blocks)).toEqual([false, false, true]);
});

test('variants differ by precision, family, adapter, encoder, blocks and tiles, and by nothing else', () => {
  const use = { design: design!, encoder: 'convolutional', blocks: false } as const;
  const tiles = { 'rows ≥ 16, columns ≥ 1': { family: 'register', rows: 8 } } as const;
  const variants = [
    use,
    { ...use, design: half! },
    { ...use, design: { ...design!, family: 'tile' } as const },
    { ...use, design: { ...design!, adapter: 'cpu-wide' } as const },
    { ...use, encoder: 'transformer' } as const,
    { ...use, blocks: true },
    { ...use, design: { ...design!, tiles } },
  ].map(variantOf);
  expect(new Set(variants).size).toBe(variants.length);
  expect(variantOf({ ...use, design: { ...design! } })).toBe(variants[0]);
});
