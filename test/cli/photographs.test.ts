import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { readSafetensors } from '../reference/safetensors.js';
import { goldenFile } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();

test('photographs of any size reach a ResNet at 224 pixels, from 256; two views and the clean image each', async () => {
  const out = cli.path('photographs');
  const { code, stderr } = await cli.run([
    ...['analyze', goldenFile('resnet50-narrow/f.safetensors'), goldenFile('photos224'), '--quiet', '--no-pictures'],
    ...['--pairs', 'clean', '--views', '2', '--layers', 'layer1.*.relu_2,avgpool', '--resamples', '100', '--out', out],
  ]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const report = JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
  expect(report.encoders.f.preprocessing).toMatchObject({ size: 224, resize: 256, interpolation: 'bilinear' });
  expect(report.layers.map(({ node, shape }: { node: string; shape: number[] }) => [node, shape])).toEqual([
    ['layer1.0.relu_2', [64, 56, 56]],
    ['avgpool', [512]],
  ]);
  expect(report.settings).toMatchObject({ views: 2, augment: 'simclr', pairs: 'clean' });
  const scores = readSafetensors(readFileSync(`${out}/scores.safetensors`));
  const alignments = [...scores.get('candidates/alignment/f/avgpool')!.data];
  expect(alignments).toHaveLength(3);
  for (const alignment of alignments) expect(alignment).toBeGreaterThan(0);
});
