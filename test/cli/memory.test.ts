import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { writeCifarFile } from './cifar-file.js';
import { CIFAR } from './inputs.js';
import { measuredCommand, peakMemory } from './peak-memory.js';

const folder = mkdtempSync(join(tmpdir(), 'memgpu-memory-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('peak memory for 4,660 images × 2 views is within a tenth of that for 466', async () => {
  const [f, g] = [join(folder, 'f.safetensors'), join(folder, 'g.safetensors')];
  writeFileSync(f, tinyResNet9(1));
  writeFileSync(g, tinyResNet9(2));
  using command = await measuredCommand();
  const peak = (n: number) => {
    const images = writeCifarFile(join(folder, `${n}.bin`), n, [CIFAR]);
    const args = ['analyze', f, images, '--reference', g, '--views', '2', '--quiet', '--no-pictures'];
    return peakMemory(command, [...args, '--out', join(folder, `out-${n}`)]);
  };
  const few = await peak(466);
  const many = await peak(4660);
  process.stdout.write(`peak memory: ${few} KB for 466 images, ${many} KB for 4,660 (${(many / few).toFixed(3)})\n`);
  expect(many / few).toBeLessThan(1.1);
}, 600_000);
