import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { readSafetensors } from '../reference/safetensors.js';
import { goldenFile } from './inputs.js';
import type { Cli } from './run-cli.js';

/** The classes that `memgpu features --nodes fc` gives to CIFAR images (`@0-199`, or '' for all of the test part). */
export async function predict(cli: Cli, encoder: string, selection: string): Promise<number[]> {
  const out = cli.path('fc.safetensors');
  const images = `${goldenFile('cifar10/test_part.bin')}${selection}`;
  const args = ['features', goldenFile(encoder), images, '--nodes', 'fc', '--out', out, '--force', '--quiet'];
  const { code, stderr } = await cli.run(args, { limit: 600_000 });
  expect(code, stderr).toBe(0);
  const { shape, data } = readSafetensors(readFileSync(out)).get('fc')!;
  const [n, classes] = shape as [number, number];
  return Array.from({ length: n }, (_, i) => {
    const row = data.subarray(i * classes, (i + 1) * classes);
    return row.indexOf(Math.max(...row));
  });
}

interface Supervised {
  readonly correct: number;
  readonly predictions: readonly number[];
}

/** What PyTorch predicted in float64, for all images of the test part. */
export function expectedPredictions(model: 'resnet20' | 'resnet56'): Supervised {
  return JSON.parse(readFileSync(goldenFile('resnet-cifar10/predictions.json'), 'utf8'))[model];
}
