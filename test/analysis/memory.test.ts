import { expect, test } from 'vitest';
import { program } from '../platform/child.js';

/** Analyses `n` images with 2 views each in a process of its own and prints its peak memory in KB. */
const MEASURE = `
import { openNodeGpu } from './src/platform/node-gpu.js';
import { runAnalysis } from './src/analysis/analyze.js';
import { resolveOptions } from './src/analysis/options.js';
import { randomImages, range, tinyEncoder } from './test/analysis/tiny-pair.js';
const n = Number(process.argv[2]);
const gpu = await openNodeGpu({ robust: false });
const [f, g] = [await tinyEncoder(gpu, 1), await tinyEncoder(gpu, 2)];
const { scores } = await runAnalysis({
  f,
  g,
  input: { sets: { candidates: randomImages(range(0, n)) } },
  options: resolveOptions({ views: 2, resamples: 100 }),
});
if (scores[0].index.length !== n) throw new Error('images are missing');
await gpu.dispose();
console.log(process.resourceUsage().maxRSS);
`;

test('peak memory for 4,660 images is within a tenth of that for 466', async () => {
  using measure = await program(MEASURE);
  const peak = async (n: number) => {
    const { code, stdout, stderr } = await measure.run([String(n)], {}, 300_000);
    expect(code, stderr).toBe(0);
    return Number(stdout);
  };
  const few = await peak(466);
  const many = await peak(4660);
  expect(many / few).toBeLessThan(1.1);
}, 600_000);
