import { closeSync, ftruncateSync, mkdtempSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
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
/**
 * What a report's explorer needs of an image, in bytes: at each of 11 layers three scores and a rank (28), its name (25), the
 * digest of its pixels (64) and a dozen fields in worker and page, which engines keep in at most 32 bytes each.
 */
const NUMBERS = 11 * 28 + 2 * (25 + 64) + 12 * 32;
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

interface Memory {
  /** The most bytes that the page's process held, with what its engine had not collected yet. */
  readonly peak: number;
  /** Bytes that page and worker hold of a finished run: objects and array buffers, collected first. */
  readonly kept: number;
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

type Ask = (method: string) => Promise<{ readonly usedSize: number; readonly backingStorageSize: number }>;

async function keptIn(page: Page): Promise<number> {
  const devtools = await page.context().newCDPSession(page);
  const ofPage: Ask = (method) => devtools.send(method as never) as ReturnType<Ask>;
  const heaps = [await ofWorker(devtools), ofPage];
  for (const ask of [...heaps, ...heaps]) await ask('HeapProfiler.collectGarbage');
  let bytes = 0;
  for (const ask of heaps) {
    const { usedSize, backingStorageSize } = await ask('Runtime.getHeapUsage');
    bytes += usedSize + backingStorageSize;
  }
  return bytes;
}

/** The page's worker has a session of its own inside the page's. */
async function ofWorker(devtools: CDPSession): Promise<Ask> {
  const answers = new Map<number, (result: Awaited<ReturnType<Ask>>) => void>();
  devtools.on('Target.receivedMessageFromTarget', ({ message }) => {
    const { id, result } = JSON.parse(message);
    answers.get(id)?.(result);
  });
  const sessionId = await new Promise<string>((resolve) => {
    devtools.on('Target.attachedToTarget', (event) => event.targetInfo.type === 'worker' && resolve(event.sessionId));
    void devtools.send('Target.setAutoAttach', { autoAttach: true, waitForDebuggerOnStart: false, flatten: false });
  });
  return (method) =>
    new Promise((resolve) => {
      const id = answers.size;
      answers.set(id, resolve);
      void devtools.send('Target.sendMessageToTarget', { sessionId, message: JSON.stringify({ id, method }) });
    });
}

describe.skipIf(!process.env.MEMGPU_LONG)('in the page', () => {
  const site = useSite();

  async function run(encoder: string, images: number): Promise<Memory> {
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
      return { peak: await peakOf(browser), kept: await keptIn(page) };
    } finally {
      await browser.close();
    }
  }

  test('of ten times the images numbers are kept, and neither pixels nor views; of a checkpoint of 400 MB not a quarter', async () => {
    const few = await run(site.files.f, 466);
    const many = await run(site.files.f, 4660);
    const large = await run(largeCheckpoint(), 466);
    const show = ({ peak, kept }: Memory) =>
      `${(kept / MB).toFixed(1)} MiB, the process at most ${(peak / MB).toFixed(0)}`;
    console.log(
      `page and worker keep of 466 images ${show(few)}; of 4,660 ${show(many)}; with a checkpoint of 400 MB ${show(large)}`,
    );
    expect((many.kept - few.kept) / (4660 - 466)).toBeLessThan(NUMBERS);
    expect(many.peak - few.peak).toBeLessThan((4660 - 466) * IMAGE);
    expect(large.peak - few.peak).toBeLessThan(100 * MB);
  }, 1_800_000);
});
