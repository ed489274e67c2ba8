import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium as engine, type Locator, type Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
// biome-ignore lint/correctness/useImportExtensions: a script beside its declaration
import { buildElement } from '../../scripts/build-element.mjs';
import type { Report } from '../../src/analysis/result.js';
import { type StaticSite, serveFolder } from '../../src/platform/static-site.js';
import type { MemgpuReportElement } from '../../src/web/element.js';
import { extremeReports } from '../report/extremes.js';
import { launchOptions } from './chromium.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WIDE = { width: 1280, height: 900 };
const PHONE = { width: 390, height: 844 };
const { 'all sets': full, example } = extremeReports() as Record<string, Report>;

/** A page of somebody's own: it notes the element's events, and its sheets are files, as its policy wants. */
const page = (element: string, sheet = 'host.css') => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Somebody's page</title>
<link rel="stylesheet" href="${sheet}"><script src="note.js"></script><script type="module" src="element.js"></script>
<main><h1>Somebody's page</h1><div class="column">${element}</div></main></html>`;

const FILES: Readonly<Record<string, string>> = {
  'src.html': page('<memgpu-report src="report.json"></memgpu-report>'),
  'themed.html': page('<memgpu-report src="report.json"></memgpu-report>', 'themed.css'),
  'column.html': page('<memgpu-report src="report.json"></memgpu-report>', 'column.css'),
  'empty.html': page('<memgpu-report></memgpu-report>'),
  'early.html': page('<memgpu-report></memgpu-report><script src="early.js"></script>'),
  'note.js': `
    window.noted = [];
    for (const name of ['memgpu-load', 'memgpu-error']) {
      addEventListener(name, ({ detail, target }) => noted.push([name, detail.error?.code ?? detail.report.schema, target.localName]));
    }`,
  'early.js': "document.querySelector('memgpu-report').report = '{}'",
  'host.css':
    ':root { color-scheme: light dark } body { margin: 0; background: light-dark(#fff, #14171c); color: light-dark(#111, #eee) }',
  'themed.css':
    ':root { --memgpu-paper: rgb(250 240 230); --memgpu-ink: rgb(60 30 10); --memgpu-font: serif } memgpu-report::part(headline) { font-style: italic }',
  'column.css': '.column { width: 380px; overflow: hidden }',
  'report.json': JSON.stringify(full),
  'newer.json': JSON.stringify({ ...full, schema: 'memgpu-report/2' }),
  'other.json': '{ "a": 1 }',
  'cut.json': JSON.stringify(full).slice(0, 2000),
  'hollow.json': JSON.stringify({ ...full, layers: [{ node: 'a' }] }),
};

let browser: Browser;
let site: StaticSite;
let other: Server;
const folder = mkdtempSync(join(tmpdir(), 'memgpu-element-'));

beforeAll(async () => {
  for (const [name, text] of Object.entries(FILES)) writeFileSync(join(folder, name), text);
  await buildElement(folder);
  site = await serveFolder(folder, 0);
  other = createServer(({ url }, response) => {
    const allowed = url === '/allowed.json' ? { 'access-control-allow-origin': '*' } : {};
    response.writeHead(200, { 'content-type': 'application/json', ...allowed }).end(FILES['report.json']);
  });
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  browser = await engine.launch(launchOptions);
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
  other?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Opened {
  readonly page: Page;
  readonly element: Locator;
  /** Errors and warnings of the console, refusals of the policy among them, and what was thrown. */
  readonly complaints: string[];
}

async function open(file: string, options: Parameters<Browser['newPage']>[0] = {}): Promise<Opened> {
  const opened = await browser.newPage({ viewport: WIDE, ...options });
  const complaints: string[] = [];
  opened.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
  });
  opened.on('pageerror', (error) => complaints.push(error.message));
  await opened.goto(new URL(file, site.address).href);
  await opened.waitForFunction(() => customElements.get('memgpu-report') !== undefined);
  return { page: opened, element: opened.locator('memgpu-report'), complaints };
}

/** The name, code or schema, and target of each event that reached the window. */
const noted = (opened: Page) => opened.evaluate(() => (window as unknown as { noted: string[][] }).noted);

async function expectShown(element: Locator): Promise<void> {
  await element.locator('h1').waitFor();
  await element.locator('.chart svg').nth(2).waitFor();
}

describe('what is shown', () => {
  test('the report that src names, under a strict policy without one refusal, and load is told', async () => {
    const { page: opened, element, complaints } = await open('src.html');
    await expectShown(element);
    expect(await element.locator('h1').textContent()).toMatch(/^At pooled, the last layer, candidates are memorized/);
    expect(await noted(opened)).toEqual([['memgpu-load', 'memgpu-report/1', 'memgpu-report']]);
    await element.getByRole('button', { name: /^unit/ }).first().click();
    await element.locator('.explorer .gallery').waitFor();
    expect(complaints).toEqual([]);
    await opened.close();
  });

  test('a report that is set, as an object or as JSON text; what was set goes before src, and null gives way to it', async () => {
    const { page: opened, element, complaints } = await open('src.html');
    await expectShown(element);
    const headline = () => element.locator('h1').textContent();
    const ofSrc = await headline();
    for (const given of [example, JSON.stringify(example)]) {
      await element.evaluate((found: MemgpuReportElement, value) => {
        found.report = value as Report;
      }, given);
      await expect.poll(headline).not.toBe(ofSrc);
      await element.evaluate((found: MemgpuReportElement) => {
        found.report = null;
      });
      await expect.poll(headline).toBe(ofSrc);
    }
    expect(await element.evaluate((found: MemgpuReportElement) => found.report?.schema)).toBe('memgpu-report/1');
    expect(complaints).toEqual([]);
    await opened.close();
  });

  test('another report begins anew: a pair of sets that was chosen in the last one is not looked for', async () => {
    const { page: opened, element } = await open('src.html');
    await expectShown(element);
    await element.getByLabel('Sets compared').selectOption({ label: 'Independent − external' });
    await element.evaluate((found: MemgpuReportElement, value) => {
      found.report = value as Report;
    }, example);
    await element.getByRole('heading', { name: 'Candidates − external, by depth' }).waitFor();
    await expect.poll(async () => (await noted(opened)).length).toBe(2);
    await opened.close();
  });

  test('nothing where nothing is given; a property set before the script ran counts', async () => {
    const empty = await open('empty.html');
    expect(await empty.element.evaluate((found: MemgpuReportElement) => found.shadowRoot!.childElementCount)).toBe(0);
    expect(await noted(empty.page)).toEqual([]);
    await empty.page.close();
    const early = await open('early.html');
    await early.element.getByRole('alert').waitFor();
    expect(await noted(early.page)).toEqual([['memgpu-error', 'BAD_OPTION', 'memgpu-report']]);
    await early.page.close();
  });

  test('of several addresses in a row the last one, and an element that is moved keeps what it shows', async () => {
    const { page: opened, element, complaints } = await open('empty.html');
    await element.evaluate(async (found: MemgpuReportElement) => {
      found.src = 'newer.json';
      await Promise.resolve();
      await Promise.resolve();
      found.src = 'report.json';
    });
    await expectShown(element);
    await element.evaluate((found: MemgpuReportElement) => document.querySelector('main')!.append(found));
    await expectShown(element);
    expect(await noted(opened)).toEqual([['memgpu-load', 'memgpu-report/1', 'memgpu-report']]);
    await element.evaluate((found: MemgpuReportElement) => found.remove());
    expect(complaints).toEqual([]);
    await opened.close();
  });

  test('details say more than the report lists', async () => {
    const { page: opened, element } = await open('src.html');
    await expectShown(element);
    await element.evaluate((found: MemgpuReportElement) => {
      const unit = { node: 'pooled', unit: 77, unitmem: 0.5, image: 0, mean: 2, runnerUp: 1, runnerUpMean: 1 };
      found.details = {
        complete: true,
        units: async () => [{ ...unit, margin: 0.5, mixedSign: false }],
        unitImages: async () => [],
        images: async () => [],
        image: async () => null,
        picture: async () => null,
      };
    });
    await element.getByLabel('Layer', { exact: true }).selectOption('pooled');
    await element.getByRole('button', { name: 'unit 77' }).waitFor();
    await opened.close();
  });
});

describe('what cannot be shown is told', () => {
  test('details that fail leave the rest of the report, and say so where they were asked for', async () => {
    const { page: opened, element, complaints } = await open('src.html');
    await expectShown(element);
    await element.evaluate((found: MemgpuReportElement) => {
      const fail = () => Promise.reject(Object.assign(new Error('the run is gone'), { hint: 'Run it again.' }));
      const some = { units: fail, unitImages: fail, images: async () => [], image: fail, picture: fail };
      found.details = { complete: true, ...some };
    });
    await element.getByLabel('Layer', { exact: true }).selectOption('pooled');
    expect(await element.getByRole('alert').textContent()).toBe(
      'This could not be read: the run is gone. Run it again.',
    );
    await element.getByRole('button', { name: 'Layers and units' }).click();
    await element.locator('.explorer tbody tr').first().waitFor();
    expect(await element.locator('.chart svg').count()).toBe(3);
    expect(await noted(opened)).toHaveLength(1);
    expect(complaints).toEqual([]);
    await opened.close();
  });

  test.each([
    ['newer.json', /schema "memgpu-report\/2".*use the version that wrote the report/i, 'BAD_OPTION'],
    ['other.json', /This is no report of memgpu/, 'BAD_OPTION'],
    ['cut.json', /This is no JSON/, 'BAD_OPTION'],
    ['hollow.json', /a part of it is not as its schema says/, 'BAD_OPTION'],
    ['missing.json', /missing\.json is not there: the server answered 404/, 'IO'],
  ])('%s', async (file, text, code) => {
    const { page: opened, element } = await open('empty.html');
    await element.evaluate((found: MemgpuReportElement, src) => {
      found.src = src;
    }, file);
    const alert = element.getByRole('alert');
    await alert.waitFor();
    expect(await alert.textContent()).toMatch(text);
    expect(await noted(opened)).toEqual([['memgpu-error', code, 'memgpu-report']]);
    expect(await element.evaluate((found: MemgpuReportElement) => found.report)).toBeNull();
    await element.evaluate((found: MemgpuReportElement) => {
      found.src = 'report.json';
    });
    await expectShown(element);
    await opened.close();
  });

  test('another origin is asked, and shown where it allows that', async () => {
    const { page: opened, element } = await open('empty.html', { bypassCSP: true });
    const { port } = other.address() as AddressInfo;
    await element.evaluate((found: MemgpuReportElement, src) => {
      found.src = src;
    }, `http://127.0.0.1:${port}/refused.json`);
    await element.getByText(/could not be fetched/).waitFor();
    expect(await element.getByRole('alert').textContent()).toContain('CORS');
    await element.evaluate((found: MemgpuReportElement, src) => {
      found.src = src;
    }, `http://127.0.0.1:${port}/allowed.json`);
    await expectShown(element);
    await opened.close();
  });
});

describe('how it looks', () => {
  const color = (element: Locator, selector: string, property: string) =>
    element
      .locator(selector)
      .first()
      .evaluate((found, name) => getComputedStyle(found).getPropertyValue(name), property);

  test('custom properties and parts of the host page change it', async () => {
    const { page: opened, element } = await open('themed.html');
    await expectShown(element);
    expect(await color(element, '.memgpu-report', 'background-color')).toBe('rgb(250, 240, 230)');
    expect(await color(element, '.memgpu-report', 'color')).toBe('rgb(60, 30, 10)');
    expect(await color(element, '.memgpu-report', 'font-family')).toBe('serif');
    expect(await color(element, 'h1', 'font-style')).toBe('italic');
    await opened.close();
  });

  test("its colours follow the host page's scheme, not the system's alone", async () => {
    const dark = await open('src.html', { colorScheme: 'dark' });
    await expectShown(dark.element);
    expect(await color(dark.element, '.memgpu-report', 'background-color')).toBe('rgb(20, 23, 28)');
    await dark.page.close();
    const light = await open('themed.html', { colorScheme: 'dark' });
    await expectShown(light.element);
    expect(await color(light.element, 'table a, table button, table th', 'color')).toBe('rgb(60, 30, 10)');
    await light.page.close();
  });

  test('in a narrow column of a wide page it stands as on a phone', async () => {
    const { page: opened, element } = await open('column.html');
    await expectShown(element);
    expect((await element.boundingBox())!.width).toBe(380);
    const [names, values] = [element.locator('dl.facts dt').first(), element.locator('dl.facts dd').first()];
    expect((await values.boundingBox())!.y).toBeGreaterThan((await names.boundingBox())!.y + 10);
    await opened.close();
  });

  for (const [viewport, colorScheme] of [
    [WIDE, 'light'],
    [PHONE, 'dark'],
  ] as const) {
    test(`axe finds nothing at ${viewport.width} pixels, ${colorScheme}, and nothing scrolls sideways`, async () => {
      const { page: opened, element } = await open('src.html', { viewport, colorScheme });
      const check = async () => {
        await opened.evaluate(AXE);
        const violations = await opened.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof import('axe-core') };
          const found = await axe.run(document);
          return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
        });
        expect(violations).toEqual([]);
        expect(
          await opened.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
        ).toBeLessThanOrEqual(0);
      };
      await expectShown(element);
      await check();
      await element.evaluate((found: MemgpuReportElement) => {
        found.report = '{}';
      });
      await element.getByRole('alert').waitFor();
      await check();
      await opened.close();
    });
  }
});

test('importing it where there is no browser touches no global and registers nothing', () => {
  const script = `
    for (const name of ['navigator', 'document', 'window', 'HTMLElement', 'CSSStyleSheet']) {
      Object.defineProperty(globalThis, name, { configurable: true, get() { throw new Error(name + ' was touched'); } });
    }
    await import(${JSON.stringify(join(folder, 'element.mjs'))});`;
  writeFileSync(join(folder, 'element.mjs'), readFileSync(join(folder, 'element.js')));
  execFileSync(process.execPath, ['--input-type=module', '-e', script], { stdio: 'pipe' });
});
