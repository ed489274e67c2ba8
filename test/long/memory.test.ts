import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { program } from '../platform/child.js';

/** The whole command on 4,660 CIFAR images × 2 views with the demo's pair, against a tenth of them. About 5 minutes. */

const demo = (name: string) => fileURLToPath(new URL(`../../weights/demo/${name}`, import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'memgpu-long-'));
afterAll(() => rmSync(folder, { recursive: true }));

const RECORD = 3073;

/** `n` distinct records: the demo's 400 images, shifted further at every round. */
function cifarImages(n: number): string {
  const shipped = Buffer.concat([readFileSync(demo('candidates.bin')), readFileSync(demo('external.bin'))]);
  const images = Buffer.alloc(n * RECORD);
  for (let i = 0; i < n; i++) {
    const [from, shift] = [(i % 400) * RECORD, Math.floor(i / 400)];
    images[i * RECORD] = shipped[from] as number;
    for (let p = 0; p < 3072; p++) {
      const row = p - (p % 32);
      images[i * RECORD + 1 + p] = shipped[from + 1 + row + ((p + shift) % 32)] as number;
    }
  }
  const file = join(folder, `${n}.bin`);
  writeFileSync(file, images);
  return file;
}

const MEASURE = `
import { writeSync } from 'node:fs';
import { main } from './src/cli/main.js';
import { keepYoungGenerationSmall } from './src/cli/memory.js';
keepYoungGenerationSmall();
process.on('exit', () => writeSync(1, '\\npeak ' + process.resourceUsage().maxRSS));
await main(process.argv.slice(2), new URL(import.meta.url));
`;

test('peak memory for 4,660 images is within a tenth of that for 466', async () => {
  using measure = await program(MEASURE);
  const peak = async (n: number) => {
    const args = ['analyze', demo('f.safetensors'), cifarImages(n), '--reference', demo('g.safetensors')];
    const rest = ['--views', '2', '--quiet', '--no-pictures', '--out', join(folder, `out-${n}`)];
    const { code, stdout, stderr } = await measure.run([...args, ...rest], {}, 1_800_000);
    expect(code, stderr).toBe(0);
    return Number(/peak (\d+)$/.exec(stdout)?.[1]);
  };
  const few = await peak(466);
  const many = await peak(4660);
  process.stdout.write(`peak memory: ${few} KB for 466 images, ${many} KB for 4,660 (${(many / few).toFixed(3)})\n`);
  expect(many / few).toBeLessThan(1.1);
}, 3_600_000);
