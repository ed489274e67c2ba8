import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { Report } from '../../src/analysis/result.js';
import { analyze, loadEncoder, openGpu, openImages, scoreTensors, writeSafetensors } from '../../src/index.node.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { choose, expectSound, fillIn, measured, runToEnd, saved, useSite } from './site.js';

const site = useSite();
const LIMIT = 300_000;

test(
  'files are recognised, run and shown; what is saved has the bits of the same run in Node; nothing leaves the page',
  async () => {
    const { page, context, complaints, foreign } = await site.open();
    await fillIn(page, site);
    await page
      .getByText(/ResNet-9, .* 11 layers to measure/)
      .first()
      .waitFor();
    await page.getByText('40 images').waitFor();
    await page.getByText(/70 images, 2 views of each, 11 layers; (about|less than) .* on this adapter/).waitFor();
    await runToEnd(page);
    const report: Report = JSON.parse(String(await saved(page, 'report.json')));
    const scores = await saved(page, 'scores.safetensors');
    expect(String(await saved(page, 'images.csv')).split('\n')[0]).toMatch(/^set,/);
    expect(String(await saved(page, 'report.html'))).toContain('memgpu-report/1');

    await using gpu = await openGpu({ adapter: 'software' });
    await using candidates = await openImages(site.files.candidates);
    await using external = await openImages(site.files.external);
    const inNode = await analyze({
      encoder: await loadEncoder(gpu, site.files.f),
      reference: await loadEncoder(gpu, site.files.g),
      sets: { candidates, external },
      views: 2,
    });
    expect(report.layers).toEqual(JSON.parse(JSON.stringify(inNode.report.layers)));
    expect(scores.equals(writeSafetensors(scoreTensors(inNode.scores)))).toBe(true);
    expect(report.images.some(({ picture }) => picture !== null)).toBe(true);
    expect(await passedChecks(page)).toHaveLength(1);
    expect(complaints).toEqual([]);
    expect(foreign).toEqual([]);
    await context.close();
  },
  LIMIT,
);

/** The self-checks that the browser keeps as passed. */
function passedChecks(page: Page): Promise<unknown> {
  return page.evaluate(async () => {
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('memgpu');
    return JSON.parse(await (await (await folder.getFileHandle('passed-checks.json')).getFile()).text());
  });
}

test(
  'from a layer to a unit, the images that it holds, one of them, and back to its units; sorting and searching',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await runToEnd(page);
    const explorer = page.locator('.explorer');
    await explorer.getByLabel('Layer', { exact: true }).selectOption('layer2.relu');
    await explorer.getByRole('button', { name: 'Unit', exact: true }).click();
    const first = explorer.locator('tbody th').first();
    await explorer.locator('th[aria-sort=ascending]').waitFor();
    expect(await first.textContent()).toBe('unit 0');
    await explorer.getByRole('button', { name: 'Unit', exact: true }).click();
    await explorer.locator('th[aria-sort=descending]').waitFor();
    expect(await first.textContent()).toBe('unit 15');
    await explorer.getByLabel('Search by unit number').fill('7');
    await expect.poll(() => explorer.getByRole('status').textContent()).toBe('1 of 16');
    await explorer.getByRole('button', { name: 'unit 7' }).click();
    await explorer.getByText('The images with its highest means').waitFor();
    const means = (await explorer.locator('.gallery .value').allTextContents()).map(Number);
    expect(means).toHaveLength(12);
    expect(means).toEqual([...means].sort((a, b) => b - a));
    await explorer.locator('.gallery button').first().click();
    await explorer
      .getByText(/SSLMem of this image by layer/)
      .first()
      .waitFor();
    await explorer.getByRole('button', { name: 'unit 7 of layer2.relu' }).waitFor();
    await explorer.getByRole('button', { name: 'Images' }).click();
    await explorer.getByLabel('Search by name or label').fill('candidates.bin#39');
    await explorer.getByRole('button', { name: 'candidates.bin#39' }).click();
    await explorer.getByText(/rank \d+ of 40 candidates/).waitFor();
    await explorer.getByRole('button', { name: 'Back' }).click();
    await explorer.getByLabel('Search by name or label').waitFor();
    await context.close();
  },
  LIMIT,
);

test(
  'a cancelled run goes on after a reload from what was finished, to the numbers of an undisturbed one',
  async () => {
    const { page, context, complaints } = await site.open();
    await fillIn(page, site);
    await choose(page, 'External images', site.files.many);
    await page.getByText(/1240 images/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await measured(page, 200);
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Go on' }).waitFor();
    await page.reload();
    const unfinished = page.getByRole('region', { name: 'Unfinished here' });
    await unfinished.getByText(/parts done/).waitFor();
    await unfinished.getByRole('button', { name: 'Take up its settings' }).click();
    await expect.poll(() => page.getByLabel('views', { exact: true }).inputValue()).toBe('2');
    await fillIn(page, site);
    await choose(page, 'External images', site.files.many);
    await page.getByText(/of 40 parts are done from before/).waitFor();
    await runToEnd(page);
    const resumed = await saved(page, 'scores.safetensors');
    expect(complaints).toEqual([]);
    await context.close();

    const other = await site.open();
    await fillIn(other.page, site);
    await choose(other.page, 'External images', site.files.many);
    await runToEnd(other.page);
    expect(resumed.equals(await saved(other.page, 'scores.safetensors'))).toBe(true);
    await other.context.close();
  },
  LIMIT,
);

test(
  'files that do not fit are told where they were dropped, and a run needs what is missing',
  async () => {
    const { page, context } = await site.open();
    await choose(page, 'Encoder f', site.files.candidates);
    await page.getByRole('alert').waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/candidates\.bin/);
    await choose(page, 'Candidates', site.files.f);
    await page.getByText(/has no tensor "images"/).waitFor();
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Remove Encoder f' }).click();
    await page.getByRole('button', { name: 'Remove Candidates' }).click();
    await expect.poll(() => page.getByRole('alert').count()).toBe(0);
    await fillIn(page, site, '100');
    await page
      .getByText(/must be from 1 to 64/)
      .first()
      .waitFor();
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    await context.close();
  },
  LIMIT,
);

test(
  'a saved report opens again by choosing or dropping it, and what is no report is told',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await runToEnd(page);
    const report = String(await saved(page, 'report.json'));
    await page.reload();
    const input = page.getByLabel('Open a report.json');
    await input.setInputFiles({ name: 'report.json', mimeType: 'application/json', buffer: Buffer.from('{"a": 1}') });
    await page.getByText('This is no report of memgpu').waitFor();
    await input.setInputFiles({ name: 'report.json', mimeType: 'application/json', buffer: Buffer.from(report) });
    await page.locator('.memgpu-report h1').waitFor();
    await page.getByText(/This report lists the \d+ units/).waitFor();
    expect(await page.getByRole('button', { name: 'report.json' }).count()).toBe(0);
    await page.reload();
    const drop = await page.evaluateHandle((text) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([text], 'report.json'));
      return transfer;
    }, report);
    await page.dispatchEvent('body', 'drop', { dataTransfer: drop });
    await page.locator('.memgpu-report h1').waitFor();
    await context.close();
  },
  LIMIT,
);

test(
  'once loaded, the page works without a connection, decoders of pictures included',
  async () => {
    const { page, context } = await site.open();
    await page.evaluate(() => navigator.serviceWorker.ready.then(() => undefined));
    await context.setOffline(true);
    await page.reload();
    await choose(page, 'Encoder f', site.files.f);
    await page.getByLabel('Choose a folder for Candidates').setInputFiles(site.files.pictures);
    await page.getByText(/^pictures: 3 images in 1 class$/).waitFor();
    await page.getByLabel('views', { exact: true }).fill('2');
    await expectSound(page, 'without a connection');
    await runToEnd(page);
    await page.locator('.gallery img').first().waitFor();
    await context.close();
  },
  LIMIT,
);

test(
  'axe finds nothing on any state, and no state scrolls sideways, wide and narrow, light and dark',
  async () => {
    const { page, context } = await site.open();
    await expectSound(page, 'empty');
    await page.getByLabel('Choose files for Encoder f').setInputFiles({
      name: `${'x'.repeat(240)}.pt`,
      mimeType: 'application/octet-stream',
      buffer: Buffer.from('no weights'),
    });
    await choose(page, 'Candidates', site.files.f);
    await page.getByRole('alert').nth(1).waitFor();
    await page.getByLabel('Open a report.json').setInputFiles(site.files.f);
    await page.getByText(/This is no JSON/).waitFor();
    await expectSound(page, 'errors');
    await choose(page, 'Encoder f', site.files.f);
    await choose(page, 'Candidates', site.files.candidates);
    await page.getByLabel('Choose files for Reference g').setInputFiles({
      name: 'wider.safetensors',
      mimeType: 'application/octet-stream',
      buffer: Buffer.from(tinyResNet9(2, 8)),
    });
    await page
      .getByText(/not of one architecture/)
      .first()
      .waitFor();
    await expectSound(page, 'f and g that do not fit');
    await fillIn(page, site, '4');
    await choose(page, 'External images', site.files.many);
    await page.getByText('Advanced').click();
    await page.getByText('More sets').click();
    await page.getByText(/1240 images/).waitFor();
    await expectSound(page, 'ready');
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await measured(page, 100);
    await expectSound(page, 'running');
    await page.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('region', { name: 'Unfinished here' }).waitFor();
    await choose(page, 'External images', site.files.external);
    await page.getByText(/70 images/).waitFor();
    await runToEnd(page);
    const explorer = page.locator('.explorer');
    await explorer.getByRole('button', { name: /^unit/ }).first().waitFor();
    await expectSound(page, 'finished');
    await explorer.getByRole('button', { name: /^unit/ }).first().click();
    await explorer.locator('.gallery img').first().waitFor();
    await expectSound(page, 'unit');
    await explorer.locator('.gallery button').first().click();
    await explorer
      .getByText(/SSLMem of this image by layer/)
      .first()
      .waitFor();
    await expectSound(page, 'image');
    await page.reload();
    await page.getByRole('region', { name: 'Unfinished here' }).waitFor();
    await page.getByRole('region', { name: 'Last report' }).waitFor();
    await expectSound(page, 'what earlier runs left');
    await context.close();
  },
  LIMIT,
);

test(
  'the last report opens after a reload, without its pictures, until it is deleted',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await runToEnd(page);
    const headline = await page.locator('.memgpu-report h1').textContent();
    await page.getByRole('button', { name: 'Back to the inputs' }).click();
    const last = page.getByRole('region', { name: 'Last report' });
    await last.getByRole('button', { name: 'Open' }).click();
    await page.getByRole('button', { name: 'report.html' }).waitFor();
    await page.reload();
    await last.getByRole('button', { name: 'Open' }).click();
    await expect.poll(() => page.locator('.memgpu-report h1').textContent()).toBe(headline);
    await page.getByText(/This report lists the \d+ units/).waitFor();
    expect(await page.locator('.memgpu-report img').count()).toBe(0);
    await page.getByRole('button', { name: 'Back to the inputs' }).click();
    await last.getByRole('button', { name: 'Delete' }).click();
    await last.waitFor({ state: 'detached' });
    await page.reload();
    await page.getByText(/Computes on/).waitFor();
    await page.getByRole('button', { name: 'Take the demo' }).waitFor();
    expect(await last.count()).toBe(0);
    await context.close();
  },
  LIMIT,
);

test(
  'everything dropped at once beside the fields goes where it belongs, and runs on the numbered images alone',
  async () => {
    const { page, context } = await site.open();
    const names = ['f', 'g', 'candidates', 'external'] as const;
    const files = names.map((name) => {
      const path = site.files[name];
      return { name: basename(path), text: readFileSync(path).toString('base64') };
    });
    const drop = await page.evaluateHandle((given) => {
      const transfer = new DataTransfer();
      for (const { name, text } of given) {
        transfer.items.add(new File([Uint8Array.from(atob(text), (byte) => byte.charCodeAt(0))], name));
      }
      return transfer;
    }, files);
    await page.dispatchEvent('body', 'drop', { dataTransfer: drop });
    await expect.poll(() => page.getByText(/11 layers to measure/).count()).toBe(2);
    await page.getByLabel('views', { exact: true }).fill('2');
    const part = page.getByLabel('Only images of Candidates');
    await part.fill('0-99');
    await part.blur();
    await page.getByText(/has no record 40: it has 40, the last is 39/).waitFor();
    expect(await page.getByRole('button', { name: 'Run', exact: true }).isDisabled()).toBe(true);
    await part.fill('10-19, 30');
    await part.blur();
    await page.getByText('11 images in 10 classes').waitFor();
    await runToEnd(page);
    const { sets } = JSON.parse(String(await saved(page, 'report.json')));
    expect(sets).toMatchObject({ candidates: { source: 'candidates.bin@10-19,30', n: 11 }, external: { n: 30 } });
    await context.close();
  },
  LIMIT,
);
