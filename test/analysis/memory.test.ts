import { expect, test } from 'vitest';
import { program } from '../platform/child.js';

/**
 * Analyses `n` images with 2 views each in a process of its own, and prints the most that it held after any chunk (heap and
 * array buffers, garbage collected first) and the most that its GPU held, in bytes.
 */
const MEASURE = `
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { runAnalysis } from './src/analysis/analyze.js';
import { resolveOptions } from './src/analysis/options.js';
import { chunkStore } from './src/chunk-file.js';
import { nodeChunkFiles } from './src/platform/node-chunk-files.js';
import { openNodeGpu } from './src/platform/node-gpu.js';
import { randomImages, range, tinyEncoder } from './test/analysis/tiny-pair.js';
const n = Number(process.argv[2]);
setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
let most = 0;
const note = () => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  most = Math.max(most, heapUsed + arrayBuffers);
};
const folder = mkdtempSync(join(tmpdir(), 'memgpu-memory-'));
process.on('exit', () => rmSync(folder, { recursive: true }));
const gpu = await openNodeGpu({ robust: false });
const [f, g] = [await tinyEncoder(gpu, 1), await tinyEncoder(gpu, 2)];
const { scores } = await runAnalysis({
  f,
  g,
  input: { sets: { candidates: randomImages(range(0, n)) } },
  options: resolveOptions({ views: 2, resamples: 100 }),
  store: chunkStore(nodeChunkFiles(folder), 'run', gpu.facts),
  hooks: { onProgress: note },
});
note();
if (scores[0].index.length !== n) throw new Error('images are missing');
console.log(JSON.stringify({ held: most, gpu: gpu.peakBytes }));
await gpu.dispose();
`;

test('what a run holds grows by less than 2 KB an image, on the GPU by nothing', async () => {
  using measure = await program(MEASURE);
  const peak = async (n: number) => {
    const { code, stdout, stderr } = await measure.run([String(n)], {}, 300_000);
    expect(code, stderr).toBe(0);
    return JSON.parse(stdout) as { held: number; gpu: number };
  };
  const few = await peak(466);
  const many = await peak(4660);
  expect(many.gpu).toBe(few.gpu);
  // Alignments of 11 layers by two encoders and SSLMem are 264 bytes an image; names, labels and digests the rest.
  expect((many.held - few.held) / (4660 - 466)).toBeLessThan(2048);
  process.stdout.write(`held: ${few.held} bytes for 466 images, ${many.held} for 4,660\n`);
}, 600_000);
