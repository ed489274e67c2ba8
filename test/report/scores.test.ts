import { expect, test } from 'vitest';
import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { openSafetensors } from '../../src/checkpoints/safetensors.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { scoreTensors } from '../../src/report/scores.js';
import { exampleScores } from './example.js';

const scores = exampleScores({ sizes: { candidates: 5, external: 1 } });
const tensors = scoreTensors(scores);
const named = new Map(tensors.map((tensor) => [tensor.name, tensor]));

test('a set has the documented tensors, of the documented shapes', () => {
  const layer = scores[0]!.layers.at(-1)!;
  const names = [...named.keys()].filter((name) => name.startsWith('candidates/') && name.endsWith('/pooled'));
  expect(names.map((name) => [name, named.get(name)!.dtype, named.get(name)!.shape])).toEqual([
    ['candidates/alignment/f/pooled', 'F32', [5]],
    ['candidates/alignment/g/pooled', 'F32', [5]],
    ['candidates/sslmem/pooled', 'F32', [5]],
    ['candidates/mu/f/pooled', 'F32', [5, 32]],
    ['candidates/unitmem/pooled', 'F32', [32]],
    ['candidates/argmax/pooled', 'I32', [32]],
  ]);
  expect([...named.get('candidates/index')!.data]).toEqual(scores[0]!.index);
  expect(named.get('candidates/sslmem/pooled')!.data).toEqual(Float32Array.from(layer.sslmem!));
  expect(named.get('candidates/argmax/pooled')!.data).toEqual(layer.argmax);
  for (const { name, shape, data } of tensors) expect(data.length, name).toBe(shape.reduce((a, b) => a * b, 1));
});

test('a set of one image has no UnitMem, one without a reference no tensors of g', () => {
  expect(named.has('external/mu/f/pooled')).toBe(true);
  expect(named.has('external/unitmem/pooled')).toBe(false);
  const alone = scoreTensors(exampleScores({ sizes: { candidates: 5 }, reference: false }));
  expect(alone.filter(({ name }) => /alignment\/g|sslmem/.test(name))).toEqual([]);
});

test('written as safetensors they read back', async () => {
  const checkpoint = await openSafetensors(bufferSource(writeSafetensors(tensors), 'scores.safetensors'));
  expect(checkpoint.tensors.size).toBe(tensors.length);
  expect(await checkpoint.readF32('candidates/mu/f/add_1')).toEqual(named.get('candidates/mu/f/add_1')!.data);
});
