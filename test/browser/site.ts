/** The page of `memgpu serve`, built and served, and files to drop on it. */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect } from 'vitest';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { buildSite } from '../../scripts/build-site.mjs';
import { type StaticSite, serveFolder } from '../../src/platform/static-site.js';
import { writeCifarFile } from '../cli/cifar-file.js';
import { CIFAR, goldenFile } from '../cli/inputs.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { launchOptions } from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const DEMO = fileURLToPath(new URL('../../weights/demo', import.meta.url));
const RECORD = 3073;
const PICTURES = ['baseline.jpg', 'rgb.png', 'lossy.webp'];

export const WIDE = { width: 1280, height: 900 };
export const PHONE = { width: 390, height: 844 };

export interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors and warnings of the console, and what was thrown. */
  readonly complaints: string[];
  /** Addresses outside the page's origin that were asked for. */
  readonly foreign: string[];
}

export interface Site {
  readonly address: string;
  readonly browser: Browser;
  /** Paths: a tiny pair of encoders, 40 and 30 images of CIFAR-10, 1,200 images made of them, and a folder of pictures. */
  readonly files: Readonly<Record<'f' | 'g' | 'candidates' | 'external' | 'many' | 'pictures', string>>;
  /** @param other a browser of the test's own */
  open(options?: BrowserContextOptions, other?: Browser): Promise<OpenPage>;
}

/** Builds and serves the page once for a test file. */
export function useSite(): Site {
  const folder = mkdtempSync(join(tmpdir(), 'memgpu-site-'));
  const path = (name: string) => join(folder, name);
  const files = {
    f: path('f.safetensors'),
    g: path('g.safetensors'),
    candidates: path('candidates.bin'),
    external: path('external.bin'),
    many: path('many.bin'),
    pictures: path('pictures'),
  };
  let site: StaticSite;
  let browser: Browser;
  beforeAll(async () => {
    writeFileSync(files.f, tinyResNet9(1, 4));
    writeFileSync(files.g, tinyResNet9(2, 4));
    const records = readFileSync(CIFAR);
    writeFileSync(files.candidates, records.subarray(0, 40 * RECORD));
    writeFileSync(files.external, records.subarray(34 * RECORD, 64 * RECORD));
    writeCifarFile(files.many, 1200, [CIFAR]);
    mkdirSync(join(files.pictures, 'birds'), { recursive: true });
    for (const name of PICTURES) copyFileSync(goldenFile(`decoding/${name}`), join(files.pictures, 'birds', name));
    await buildSite({ folder: path('site') });
    site = await serveFolder(path('site'), 0, { demo: DEMO });
    browser = await chromium.launch(launchOptions);
  });
  afterAll(async () => {
    await browser?.close();
    await site?.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return {
    get address() {
      return site.address;
    },
    get browser() {
      return browser;
    },
    files,
    async open(options = {}, other = browser) {
      const context = await other.newContext({ viewport: WIDE, ...options });
      // Kernels compile on two cores beside whatever else runs there.
      context.setDefaultTimeout(120_000);
      const page = await context.newPage();
      const [complaints, foreign]: [string[], string[]] = [[], []];
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
      });
      page.on('pageerror', (error) => complaints.push(error.message));
      context.on('request', (request) => {
        const url = request.url();
        if (!url.startsWith(site.address) && !/^(data|blob):/.test(url)) foreign.push(url);
      });
      await page.goto(site.address);
      await page
        .getByText(/Computes on|adapter/)
        .first()
        .waitFor();
      return { page, context, complaints, foreign };
    },
  };
}

/** Chooses files in the field of that title, as its button does. */
export async function choose(page: Page, title: string, ...paths: string[]): Promise<void> {
  await page.getByLabel(`Choose files for ${title}`).setInputFiles(paths);
}

/** The tiny pair with both sets, and few views. */
export async function fillIn(page: Page, { files }: Site, views = '2'): Promise<void> {
  await choose(page, 'Encoder f', files.f);
  await choose(page, 'Reference g', files.g);
  await choose(page, 'Candidates', files.candidates);
  await choose(page, 'External images', files.external);
  await page.getByLabel('views', { exact: true }).fill(views);
  await page.getByLabel('views', { exact: true }).blur();
}

/** Rules that a page breaks, with where. */
async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
}

/** That axe finds nothing and nothing scrolls sideways, wide and narrow, light and dark. The window is wide afterwards. */
export async function expectSound(page: Page, state: string): Promise<void> {
  for (const viewport of [PHONE, WIDE]) {
    await page.setViewportSize(viewport);
    for (const colorScheme of ['dark', 'light'] as const) {
      await page.emulateMedia({ colorScheme });
      const where = `${state}, at ${viewport.width} pixels, ${colorScheme}`;
      expect(await violations(page), where).toEqual([]);
      expect(await sideways(page), where).toBeLessThanOrEqual(0);
    }
  }
}

/** Pixels by which the page is wider than its window. */
function sideways(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** Starts the run and waits for its report. */
export async function runToEnd(page: Page): Promise<void> {
  await page
    .getByRole('button', { name: /^(Run|Go on)$/ })
    .last()
    .click();
  await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 120_000 });
}

/** Waits until that many images of a run are measured. */
export async function measured(page: Page, images: number): Promise<void> {
  await page.waitForFunction(
    (least) => (document.querySelector<HTMLProgressElement>('progress[max]')?.value ?? 0) >= least,
    images,
    { timeout: 120_000 },
  );
}

/** A file of the finished run, as it is saved. */
export async function saved(page: Page, name: string): Promise<Buffer> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name, exact: true }).click(),
  ]);
  return readFileSync(await download.path());
}
