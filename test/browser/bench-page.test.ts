import { createRequire } from 'node:module';
import { type Browser, chromium as engine } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseBaseline } from '../../bench/baseline.js';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { buildBenchPage } from '../../scripts/build-bench-page.mjs';
import { type StaticSite, serveFolder } from '../../src/platform/static-site.js';
import { launchOptions } from './chromium.js';

const AXE = createRequire(import.meta.url).resolve('axe-core');

let site: StaticSite;
let browser: Browser;
beforeAll(async () => {
  await buildBenchPage();
  site = await serveFolder('dist/bench-page', 0);
  browser = await engine.launch(launchOptions);
});
afterAll(async () => {
  await browser.close();
  await site.close();
});

async function open(options: Parameters<Browser['newPage']>[0] = {}) {
  const page = await browser.newPage(options);
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(site.address);
  return { page, complaints };
}

test('the page measures the kernels that are named, and what it saves is a baseline of the command', async () => {
  const { page, complaints } = await open({
    viewport: { width: 390, height: 844 },
    colorScheme: 'dark',
    bypassCSP: true,
  });
  await page.getByLabel('Only kernels named').fill('unit-means*, view-norms*');
  await page.getByLabel('Repeats').fill('1');
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.getByRole('link', { name: 'Save as JSON' }).waitFor({ timeout: 100_000 });
  expect(await page.locator('tbody tr').count()).toBe(2);
  const sideways = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  );
  expect(sideways).toBeLessThanOrEqual(0);

  const href = await page.getByRole('link', { name: 'Save as JSON' }).getAttribute('href');
  const saved = decodeURIComponent(href!.slice(href!.indexOf(',') + 1));
  const { adapter, robust, kernels } = parseBaseline(saved, 'saved');
  expect(adapter.name).toMatch(/SwiftShader/);
  expect(robust).toBe(true);
  expect(kernels.map(({ name }) => name.split(' ')[0])).toEqual(['unit-means', 'view-norms']);

  await page.addScriptTag({ path: AXE });
  const violations = await page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
  expect(violations).toEqual([]);
  expect(complaints).toEqual([]);
  await page.close();
});

test('a name that matches nothing is said, and measuring can be stopped', async () => {
  const { page } = await open();
  await page.getByLabel('Only kernels named').fill('convv');
  await page.getByRole('button', { name: 'Measure' }).click();
  expect(await page.getByRole('alert').textContent()).toMatch(/'convv' names none of the \d+/);
  await page.getByLabel('Only kernels named').fill('unit-means*,view-norms*');
  await page.getByRole('button', { name: 'Measure' }).click();
  await page.getByRole('button', { name: 'Stop' }).click();
  await page.getByRole('button', { name: 'Measure' }).waitFor({ timeout: 100_000 });
  expect(await page.locator('table').count()).toBe(0);
  await page.close();
});

test('a browser without WebGPU is told so', async () => {
  const { page } = await open();
  await page.evaluate(() => Object.defineProperty(navigator, 'gpu', { value: undefined }));
  await page.getByRole('button', { name: 'Measure' }).click();
  expect(await page.getByRole('alert').textContent()).toMatch(/WebGPU|adapter/);
  await page.close();
});
