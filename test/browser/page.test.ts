import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import type { Report } from '../../src/analysis/result.js';
import { fillIn, useSite } from './site.js';

const site = useSite();
const LONG = 120_000;

test('files are recognised, run and shown, and what is saved is the report', async () => {
  const { page, complaints, foreign } = await site.open();
  await fillIn(page, site);
  await page
    .getByText(/ResNet-9 .* layers to measure/)
    .first()
    .waitFor();
  await page.getByText('40 images').waitFor();
  await page.getByText(/70 images, 2 views of each, 11 layers; about/).waitFor({ timeout: LONG });
  await page.getByRole('button', { name: 'Run' }).click();
  await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: LONG });
  expect(await page.locator('.memgpu-report h1').textContent()).toMatch(/pooled/);
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'report.json' }).click(),
  ]);
  const report: Report = JSON.parse(readFileSync(await download.path(), 'utf8'));
  expect(report.sets.candidates?.n).toBe(40);
  expect(report.settings.views).toBe(2);
  await page.screenshot({ path: '/tmp/shot-report.png', fullPage: true });
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
}, 300_000);
