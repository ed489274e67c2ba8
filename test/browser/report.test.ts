import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Browser, chromium as engine, type Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { buildView } from '../../scripts/build-view.mjs';
import { serveFolder } from '../../src/platform/static-site.js';
import { reportHtml, type ViewBundle } from '../../src/report/html.js';
import { reportJson } from '../../src/report/json.js';
import { extremeReports, HOSTILE } from '../report/extremes.js';
import { launchOptions } from './chromium.js';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const digest = (text: string) => createHash('sha256').update(text).digest('base64');
const reports = extremeReports();

let browser: Browser;
let bundle: ViewBundle;
let folder: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'memgpu-report-'));
  [browser, bundle] = await Promise.all([engine.launch(launchOptions), buildView()]);
});

afterAll(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  /** Errors and warnings of the console, and what was thrown. */
  readonly complaints: string[];
  /** Addresses that were asked for, but for the page's own and what lies within it. */
  readonly requests: string[];
}

async function open(name: string, options: Parameters<Browser['newPage']>[0]): Promise<Opened> {
  const file = join(folder, `${name.replaceAll(/\W/g, '-')}.html`);
  writeFileSync(file, reportHtml(reports[name]!, bundle, digest));
  const page = await browser.newPage(options ?? {});
  const [complaints, requests]: [string[], string[]] = [[], []];
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    if (!request.url().startsWith('data:') && request.url() !== pathToFileURL(file).href) requests.push(request.url());
  });
  await page.goto(pathToFileURL(file).href);
  await page.waitForSelector('.memgpu-report h1', { timeout: 10_000 }).catch(() => {});
  await page.waitForTimeout(100);
  return { page, complaints, requests };
}

/** Rules that the page breaks, with where; axe is in it. */
function violations(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const found = await axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'best-practice'] });
    return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
  });
}

const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };

for (const name of Object.keys(reports)) {
  test(`${name}: it renders, asks for nothing, and the page does not scroll sideways, wide or narrow`, async () => {
    const { page, complaints, requests } = await open(name, { viewport: WIDE });
    for (const viewport of [WIDE, PHONE]) {
      await page.setViewportSize(viewport);
      await page.waitForTimeout(100);
      const { scroll, client } = await page.evaluate(() => ({
        scroll: document.documentElement.scrollWidth,
        client: document.documentElement.clientWidth,
      }));
      expect(scroll).toBeLessThanOrEqual(client);
      for (const chart of await page.locator('.chart').all()) {
        const [place, drawn] = [await chart.boundingBox(), await chart.locator('svg').boundingBox()];
        expect(Math.abs(drawn!.width - place!.width)).toBeLessThan(1);
      }
    }
    expect(complaints).toEqual([]);
    expect(requests).toEqual([]);
    expect(await page.locator('h1').count()).toBe(1);
    await page.close();
  });
}

for (const [name, viewport, colorScheme] of [
  ['all sets', WIDE, 'light'],
  ['all sets', PHONE, 'dark'],
  ['one encoder, one set', PHONE, 'light'],
  ['nothing remembered', WIDE, 'dark'],
  ['no pictures', PHONE, 'dark'],
  ['no layers', WIDE, 'light'],
  ['hostile', WIDE, 'dark'],
] as const) {
  test(`axe finds nothing in ${name} at ${viewport.width} pixels, ${colorScheme}`, async () => {
    // The page's policy lets no other script in.
    const { page } = await open(name, { viewport, colorScheme, bypassCSP: true });
    await page.addScriptTag({ path: AXE });
    expect(await violations(page)).toEqual([]);
    await page.close();
  });
}

test('the headline says what is shown at the last layer', async () => {
  const { page } = await open('example', { viewport: WIDE });
  expect(await page.locator('h1').textContent()).toMatch(
    /^At pooled, the last layer, candidates are memorized more than external images: \+0\.\d{4} \[\+0\.\d{4}, \+0\.\d{4}\]\.$/,
  );
  await page.close();
  const nothing = await open('nothing remembered', { viewport: WIDE });
  expect(await nothing.page.locator('h1').textContent()).toMatch(
    /^No memorization shown at pooled, the last layer: candidates − external images is /,
  );
  await nothing.page.close();
});

test('another pair of sets can be chosen', async () => {
  const { page } = await open('all sets', { viewport: WIDE });
  const heading = page.locator('h2', { hasText: 'by depth' }).first();
  expect(await heading.textContent()).toBe('Candidates − external, by depth');
  await page.getByLabel('Sets compared').selectOption({ label: 'Candidates − independent' });
  expect(await heading.textContent()).toBe('Candidates − independent, by depth');
  const last = reports['all sets']!.layers.at(-1)!.contrasts.find(
    ({ a, b }) => a === 'candidates' && b === 'independent',
  )!;
  const row = page.locator('table').first().locator('tbody tr').last();
  expect(await row.textContent()).toContain(last.difference.toFixed(4));
  await page.close();
});

test("others' names are text: nothing runs, nothing is loaded, what is unseen is shown", async () => {
  const { page, complaints, requests } = await open('hostile', { viewport: WIDE });
  expect(await page.evaluate(() => (window as unknown as { broken?: number }).broken)).toBeUndefined();
  expect(await page.locator('.memgpu-report b, .memgpu-report script').count()).toBe(0);
  expect(complaints).toEqual([]);
  expect(requests).toEqual([]);
  const shown = await page.locator('.provenance').textContent();
  expect(shown).toContain('cat[U+202E]gpj.exe');
  expect(shown).toContain('a[U+0000]b[U+001B][31mc[U+000A]d[U+2028]e');
  expect(shown).toContain('half [U+D800] pair');
  expect(shown).toContain(HOSTILE.script.slice(0, 20));
  expect(await page.locator(`[title="${HOSTILE.long}"]`).count()).toBeGreaterThan(0);
  expect(Math.max(...(await page.locator('bdi').allTextContents()).map((text) => text.length))).toBeLessThanOrEqual(
    800,
  );
  await page.close();
});

test("others' names run nothing on a phone, and stay in its width where units and images are listed", async () => {
  const { page, complaints } = await open('hostile', { viewport: PHONE });
  const explorer = page.locator('.explorer');
  const widerThanScreen = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  await explorer.getByRole('button', { name: 'Images', exact: true }).click();
  expect(await widerThanScreen()).toBeLessThanOrEqual(0);
  for (let image = 0; image < Object.keys(HOSTILE).length; image++) {
    await explorer.locator('tbody .link').nth(image).click();
    await page.waitForTimeout(20);
    expect(await widerThanScreen(), `image ${image}`).toBeLessThanOrEqual(0);
    await explorer.locator('.crumbs').getByRole('button').first().click();
  }
  expect(await page.evaluate(() => (window as unknown as { broken?: number }).broken)).toBeUndefined();
  expect(complaints).toEqual([]);
  await page.close();
});

test('without scripts the finding and every layer can be read', async () => {
  const { page } = await open('all sets', { viewport: PHONE, javaScriptEnabled: false });
  await page.waitForSelector('table');
  expect(await page.locator('tbody tr').count()).toBe(reports['all sets']!.layers.length);
  expect((await page.locator('main').boundingBox())!.width).toBeLessThanOrEqual(PHONE.width);
  expect(await page.locator('h1').textContent()).toContain('candidates are memorized more than external images');
  await page.close();
});

test('on a phone the verdict and the pictures of top units are in sight, and a table that scrolls is shaded', async () => {
  const { page } = await open('all sets', { viewport: PHONE });
  const right = async (selector: string) => {
    const box = (await page.locator(selector).first().boundingBox())!;
    return box.x + box.width;
  };
  expect(await right('td .verdict')).toBeLessThan(PHONE.width);
  expect(await right('td .picture')).toBeLessThan(PHONE.width);
  const scroll = page.locator('.scroll').nth(1);
  expect(await scroll.evaluate((box) => box.scrollWidth > box.clientWidth)).toBe(true);
  expect(await scroll.evaluate((box) => getComputedStyle(box).backgroundAttachment)).toBe(
    'local, local, scroll, scroll',
  );
  await page.close();
});

test('on a phone a layer is named in few lines, its label in full, and one without views that differ says so', async () => {
  const maps = await open('attention maps among others', { viewport: PHONE });
  const rows = maps.page.locator('table').first().locator('tbody tr');
  expect(await rows.first().locator('th').textContent()).toMatch(
    /^blocks\.0\.attn\.probs\s*block 1: attention probabilities$/,
  );
  const name = await rows.first().locator('th > bdi').boundingBox();
  expect(name!.height).toBeLessThan(30);
  expect((await rows.first().boundingBox())!.height).toBeLessThan(4 * 20);
  const units = (await maps.page.locator('main').textContent())!;
  expect(units).toContain('Attention maps have no units: attn.probs.');
  await maps.page.close();

  const equal = await open('views that never differ', { viewport: PHONE });
  const cells = equal.page.locator('table').first().locator('tbody tr').first().locator('td');
  expect(await cells.allTextContents()).toEqual(['nothing to measure: views do not differ here']);
  expect(await cells.getAttribute('colspan')).toBe('3');
  await equal.page.close();
});

test("UnitMem's counts are those of the terminal, and every minus is one", async () => {
  const { page } = await open('example', { viewport: WIDE });
  const titles = await page.locator('table', { hasText: 'UnitMem by layer' }).locator('thead th').allTextContents();
  expect(titles.slice(-3)).toEqual(['Units', 'Dead', 'Below 0']);
  const text = (await page.locator('main').textContent())!;
  expect(text).toContain('Below 0: units whose mean is below 0');
  expect(text).toContain('come after all others: their UnitMem says little');
  expect(await page.locator('td').allTextContents()).not.toContainEqual(expect.stringMatching(/(^|[\s[])-\d/));
  await page.close();
});

test('what one encoder or no contrast cannot show is not said', async () => {
  for (const name of ['one encoder', 'no external']) {
    const { page } = await open(name, { viewport: WIDE });
    const text = (await page.locator('main').textContent())!;
    expect(text).not.toMatch(/more memorized|least memorized|units hold|are memorized/);
    expect(text).toContain("higher: f keeps this image's views closer together");
    await page.close();
  }
});

test('notes are apart from warnings, names show their end, and settings do not repeat the mode', async () => {
  const { page } = await open('noted', { viewport: WIDE });
  expect(await page.locator('.warnings').textContent()).not.toContain('SOFTWARE_ADAPTER');
  expect(await page.locator('header > .note').textContent()).toBe('Note: Computed on the CPU. SOFTWARE_ADAPTER');
  const shown = page.locator('.gallery .file bdi').first();
  expect(await shown.textContent()).toBe('candidates.bin#101');
  expect(await shown.getAttribute('title')).toBe('/tmp/runs/candidates.bin#101');
  const keys = await page.locator('.provenance dt').allTextContents();
  expect(keys.filter((key) => key === 'mode')).toHaveLength(1);
  const layers = page.locator('.provenance dl > div', { hasText: 'layers' }).first().locator('.item');
  expect(await layers.allTextContents()).toEqual(['add', 'pooled']);
  await page.close();
});

test('the error of a precision stands beside the settings, the largest first, then by layer', async () => {
  const { page } = await open('all sets', { viewport: WIDE });
  const facts = page.locator('.provenance h3', { hasText: 'Error of f16 against f32' }).locator('+ dl > div');
  expect(await facts.allTextContents()).toEqual([
    'measured onthe first 2 images',
    'unit meanswithin 4.1e-4 (of the largest in their layer), at most at pooled',
    'alignmentwithin 1.1e-3 (of each), at most at pooled',
    'SSLMemwithin 2.2e-5 (absolute), at most at pooled',
  ]);
  const rows = page.locator('.provenance table tbody tr');
  expect(await rows.count()).toBe(reports['all sets']!.layers.length);
  expect(await rows.last().locator('th, td').allTextContents()).toEqual(['pooled', '4.1e-4', '1.1e-3', '2.2e-5']);
  await page.close();
});

test('headings descend one level at a time, and every chart has words in its place', async () => {
  const { page } = await open('all sets', { viewport: WIDE });
  const levels = await page.locator('h1, h2, h3').evaluateAll((found) => found.map((h) => Number(h.tagName[1])));
  levels.forEach((level, i) => {
    expect(level).toBeLessThanOrEqual((levels[i - 1] ?? 0) + 1);
  });
  const charts = page.locator('[role=img].chart');
  expect(await charts.count()).toBe(3);
  for (const chart of await charts.all()) {
    expect(await chart.getAttribute('aria-label')).toMatch(/^Chart of .* The table below has the numbers\.$/);
    expect(await chart.locator('svg').count()).toBe(1);
  }
  await page.close();
});

test('from a listed unit to its image and back by the way there; lists are sorted, searched, and left as they were', async () => {
  const { page } = await open('all sets', { viewport: WIDE });
  const { units, images } = reports['all sets']!;
  const explorer = page.locator('.explorer');
  const heads = () => explorer.locator('tbody th').allTextContents();
  expect(await explorer.locator('> p').first().textContent()).toMatch(
    new RegExp(`^This report lists the 24 units with the highest UnitMem and ${images.length} images of candidates`),
  );
  expect(await heads()).toEqual(units.map(({ node, unit }) => expect.stringMatching(`^unit ${unit}${node}`)));
  await explorer.getByRole('button', { name: 'Unit', exact: true }).click();
  const numbers = units.map(({ unit }) => unit).sort((a, b) => a - b);
  expect(await heads()).toEqual(numbers.map((unit) => expect.stringMatching(`^unit ${unit}[a-z]`)));
  expect(await explorer.locator('th[aria-sort]').getAttribute('aria-sort')).toBe('ascending');

  const [top] = units;
  await explorer.getByLabel('Search by unit number or layer').fill(`${top!.unit} ${top!.node}`);
  await explorer.getByRole('button', { name: `unit ${top!.unit}`, exact: true }).click();
  await explorer.locator('.gallery').waitFor();
  expect(await page.evaluate(() => document.activeElement?.textContent)).toMatch(/^Single units/);
  expect(await explorer.locator('.gallery .value').allTextContents()).toEqual(
    [top!.mean, top!.runnerUpMean].map((mean) => mean.toFixed(4)),
  );
  const words = await explorer.locator('h3 + p').textContent();
  expect(words).toContain(`that makes a UnitMem of ${top!.unitmem.toFixed(4)}`);
  await explorer.locator('.gallery .link').first().click();
  const held = images.find(({ position }) => position === top!.image)!;
  await explorer.getByText(`rank ${held.rank} of 80 candidates`).waitFor();
  const crumbs = explorer.getByRole('navigation', { name: 'The way here' });
  expect(await crumbs.getByRole('listitem').allTextContents()).toEqual([
    'Highest units',
    `Unit ${top!.unit}`,
    held.name.split('/').pop(),
  ]);
  await crumbs.getByRole('button', { name: 'Highest units' }).click();
  await explorer.locator('table').waitFor();
  expect(await explorer.locator('tbody tr').count()).toBe(1);
  expect(await explorer.getByLabel('Search by unit number or layer').inputValue()).toBe(`${top!.unit} ${top!.node}`);
  await page.close();
});

test('an image of the overview leads to it; long lists stand in pages', async () => {
  const { page } = await open('all sets', { viewport: WIDE });
  const { images } = reports['all sets']!;
  const explorer = page.locator('.explorer');
  await page.locator('section:not(.explorer) > .gallery .link').nth(2).click();
  await explorer.getByText('rank 3 of 80 candidates').waitFor();
  expect((await explorer.locator('h2').boundingBox())!.y).toBeLessThan(100);
  await explorer.getByRole('button', { name: 'Images', exact: true }).click();
  expect(await explorer.locator('tbody tr').count()).toBe(25);
  await explorer.getByRole('button', { name: 'Next' }).click();
  expect(await explorer.locator('tbody tr').count()).toBe(images.length - 25);
  await explorer.getByLabel('Search by name or label').fill('no such image');
  expect(await explorer.getByRole('status').textContent()).toBe(`0 of ${images.length}`);
  await page.close();
});

test('on paper stand the highest units, and no control', async () => {
  const { page } = await open('all sets', { viewport: WIDE });
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  const explorer = page.locator('.explorer');
  expect(await explorer.locator('tbody tr:visible').count()).toBe(reports['all sets']!.units.length);
  expect(await page.locator('input:visible, select:visible, .crumbs:visible').count()).toBe(0);
  expect(await page.locator('.memgpu-report').evaluate((found) => getComputedStyle(found).backgroundColor)).toBe(
    'rgb(255, 255, 255)',
  );
  await page.close();
});

for (const viewport of [WIDE, PHONE]) {
  test(`axe finds nothing on a unit, an image and the list of images at ${viewport.width} pixels`, async () => {
    const { page } = await open('all sets', { viewport, bypassCSP: true });
    await page.addScriptTag({ path: AXE });
    const explorer = page.locator('.explorer');
    for (const next of [
      explorer.locator('tbody .link').first(),
      explorer.locator('.gallery .link').first(),
      explorer.getByRole('button', { name: 'Images', exact: true }),
    ]) {
      await next.click();
      await page.waitForTimeout(50);
      expect(await violations(page)).toEqual([]);
      const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      expect(wider).toBeLessThanOrEqual(0);
    }
    await page.close();
  });
}

test('under a policy without styles inside the page nothing is refused, and it looks the same', async () => {
  const inside = await open('all sets', { viewport: WIDE });
  const wanted = await inside.page.screenshot({ fullPage: true });
  await inside.page.close();

  const strict = join(folder, 'strict');
  mkdirSync(strict);
  const data = reportJson(reports['all sets']!).replaceAll('<', '\\u003c');
  for (const [name, text] of Object.entries({
    'index.html': `<!doctype html><html lang="en"><meta charset="utf-8"><link rel="icon" href="data:,"><title>strict</title>
      <link rel="stylesheet" href="view.css"><div id="report"></div>
      <script type="application/json" id="memgpu-report">${data}</script><script src="view.js"></script></html>`,
    'view.css': bundle.style,
    'view.js': bundle.script,
  })) {
    writeFileSync(join(strict, name), text);
  }
  await using site = await serveFolder(strict, 0);
  const page = await browser.newPage({ viewport: WIDE });
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  await page.goto(site.address);
  await page.locator('.chart svg').nth(2).waitFor();
  await page.waitForTimeout(100);
  expect((await page.screenshot({ fullPage: true })).equals(wanted)).toBe(true);
  expect(complaints).toEqual([]);
  await page.close();
});
