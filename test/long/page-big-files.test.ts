import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { launchOptions } from '../browser/chromium.js';
import { choose, fillIn, saved, useSite } from '../browser/site.js';
import { writeCifarFile } from '../cli/cifar-file.js';
import { CIFAR } from '../cli/inputs.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';

/** Large files stream through the page: its process keeps neither weights that it does not compute nor pixels. On demand. */

const MB = 2 ** 20;
/** Pixels of an image and its two views, as they are computed: 4 bytes a pixel, then 3 channels in f32. */
const IMAGE = 32 * 32 * (4 + 2 * 3 * 4);
const folder = mkdtempSync(join(tmpdir(), 'memgpu-big-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** The tiny encoder with a projector of 400 MB, which no analysis reads but for the file's digest; sparse on disk. */
function largeCheckpoint(): string {
  const small = tinyResNet9(1, 4);
  const length = Number(new DataView(small.buffer, small.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(small.subarray(8, 8 + length)));
  const data = small.subarray(8 + length);
  const side = 10_240;
  const end = data.length + 4 * side * side;
  header['projector.weight'] = { dtype: 'F32', shape: [side, side], data_offsets: [data.length, end] };
  const text = Buffer.from(JSON.stringify(header));
  const start = Buffer.alloc(8);
  start.writeBigUInt64LE(BigInt(text.length));
  const path = join(folder, 'large.safetensors');
  const file = openSync(path, 'w');
  for (const part of [start, text, data]) writeSync(file, part);
  ftruncateSync(file, 8 + text.length + end);
  closeSync(file);
  return path;
}

/** The most bytes that the page's process held. */
async function peakOf(browser: Browser): Promise<number> {
  const devtools = await browser.newBrowserCDPSession();
  const { processInfo } = (await devtools.send('SystemInfo.getProcessInfo' as never)) as {
    processInfo: { type: string; id: number }[];
  };
  const peaks = processInfo
    .filter(({ type }) => type === 'renderer')
    .map(({ id }) => Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${id}/status`, 'utf8'))?.[1]) * 1024);
  return Math.max(...peaks);
}

describe.skipIf(!process.env.MEMGPU_LONG)('in the page', () => {
  const site = useSite();

  async function run(encoder: string, images: number): Promise<number> {
    const browser = await chromium.launch(launchOptions);
    try {
      const { page } = await site.open({}, browser);
      await fillIn(page, site);
      await choose(page, 'Encoder f', encoder);
      await choose(page, 'Candidates', writeCifarFile(join(folder, `${images}.bin`), images, [CIFAR]));
      await page.getByText(new RegExp(`${images + 30} images`)).waitFor({ timeout: 300_000 });
      await page.getByRole('button', { name: 'Run', exact: true }).click();
      await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 600_000 });
      expect(JSON.parse(String(await saved(page, 'report.json'))).sets.candidates.n).toBe(images);
      return await peakOf(browser);
    } finally {
      await browser.close();
    }
  }

  test('of ten times the images neither pixels nor views are kept, and of a checkpoint of 400 MB not a quarter', async () => {
    const few = await run(site.files.f, 466);
    const many = await run(site.files.f, 4660);
    const large = await run(largeCheckpoint(), 466);
    const show = (bytes: number) => `${(bytes / MB).toFixed(0)} MiB`;
    console.log(
      `peak of the page's process: 466 images ${show(few)}, 4,660 images ${show(many)} (${(many / few).toFixed(3)}), 400 MB checkpoint ${show(large)}`,
    );
    expect(many - few).toBeLessThan((4660 - 466) * IMAGE);
    expect(large - few).toBeLessThan(100 * MB);
  }, 1_800_000);
});
