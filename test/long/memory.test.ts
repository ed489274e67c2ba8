import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { writeCifarFile } from '../cli/cifar-file.js';
import { measuredCommand, peakMemory } from '../cli/peak-memory.js';

/** The whole command on 4,660 CIFAR images × 2 views with the demo's pair, against a tenth of them. About 5 minutes. */

const demo = (name: string) => fileURLToPath(new URL(`../../weights/demo/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'memgpu-long-'));
afterAll(() => rmSync(folder, { recursive: true }));

test('peak memory for 4,660 images is within a tenth of that for 466', async () => {
  using command = await measuredCommand();
  const peak = (n: number) => {
    const images = writeCifarFile(join(folder, `${n}.bin`), n, [demo('candidates.bin'), demo('external.bin')]);
    const args = ['analyze', demo('f.safetensors'), images, '--reference', demo('g.safetensors')];
    return peakMemory(command, [
      ...args,
      '--views',
      '2',
      '--quiet',
      '--no-pictures',
      '--out',
      join(folder, `out-${n}`),
    ]);
  };
  const few = await peak(466);
  const many = await peak(4660);
  process.stdout.write(`peak memory: ${few} KB for 466 images, ${many} KB for 4,660 (${(many / few).toFixed(3)})\n`);
  expect(many / few).toBeLessThan(1.1);
}, 3_600_000);
