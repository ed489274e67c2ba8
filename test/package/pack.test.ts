import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { serveFolder } from '../../src/platform/static-site.js';
import { launchOptions } from '../browser/chromium.js';
import { goldenFile } from '../cli/inputs.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';

/** What a user gets: the packed package, installed into an empty folder. */

const root = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'memgpu-pack-'));
const npm = (args: readonly string[], cwd: string) =>
  execFileSync('npm', [...args, '--no-audit', '--no-fund'], {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  });

const SNIPPET = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(root, 'README.md'), 'utf8'))?.[1] ?? '';

const records = (n: number, salt: number) =>
  Uint8Array.from({ length: n * 3073 }, (_, i) => (i % 3073 === 0 ? 1 : (i * 7 + salt * ((i / 3073) | 0)) % 256));

beforeAll(() => {
  const packed = JSON.parse(npm(['pack', '--json', '--pack-destination', folder], root).replace(/^[^[{]*/, ''));
  const [{ filename }] = Array.isArray(packed) ? packed : Object.values(packed);
  writeFileSync(join(folder, 'package.json'), '{ "name": "user", "private": true, "type": "module" }\n');
  npm(['install', '--prefer-offline', `./${filename}`], folder);
  const files = {
    'f.safetensors': tinyResNet9(1),
    'g.safetensors': tinyResNet9(2),
    'candidates.bin': records(4, 13),
    'external.bin': records(4, 17),
    'train.bin': records(32, 19),
    'test.bin': records(32, 23),
    'readme.mjs': SNIPPET,
    'readme.mts': SNIPPET,
  };
  for (const [name, data] of Object.entries(files)) writeFileSync(join(folder, name), data);
}, 300_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('npx memgpu analyze runs the demo that ships', () => {
  // Two views and one layer: the demo whole runs elsewhere.
  const { status, stdout, stderr } = spawnSync('npx', ['memgpu', 'analyze', '--views', '2', '--layers', 'prep.relu'], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
  expect(stdout).toContain('report.html');
});

test('the example in Node runs', () => {
  execFileSync('cp', [join(root, 'examples/analyze.mjs'), folder]);
  const args = ['analyze.mjs', 'f.safetensors', 'g.safetensors', 'candidates.bin', 'external.bin'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(11);
});

test('the program of the README runs and closes what it opened', () => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['readme.mjs'], { cwd: folder, encoding: 'utf8' });
  expect(status, stderr).toBe(0);
  expect(stdout.trim().split('\n')).toHaveLength(11);
  expect(stderr).not.toContain('Warning');
});

test.each([
  ['--module', 'nodenext'],
  ['--module', 'esnext', '--moduleResolution', 'bundler'],
])('the program of the README passes a strict type check with %s %s', (...module) => {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  const args = [tsc, '--noEmit', '--strict', '--target', 'es2022', '--types', '', ...module, 'readme.mts'];
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  expect(status, stdout).toBe(0);
});

test('the few lines of the example show a report in an empty Vite project', async () => {
  const project = join(folder, 'vite');
  cpSync(join(root, 'examples/vite'), project, { recursive: true });
  execFileSync(process.execPath, [join(root, 'node_modules/vite/bin/vite.js'), 'build', '--logLevel', 'error'], {
    cwd: project,
  });
  await using site = await serveFolder(join(project, 'dist'), 0, { assets: join(project, 'dist/assets') });
  const browser = await chromium.launch(launchOptions);
  try {
    const page = await browser.newPage();
    await page.goto(site.address);
    await page.getByLabel('Encoder').setInputFiles(join(folder, 'f.safetensors'));
    const pictures = ['rgb.png', 'baseline.jpg', 'lossy.webp'].map((name) => goldenFile(`decoding/${name}`));
    await page.getByLabel('Its training images').setInputFiles(pictures);
    await page.getByText('3 candidates').first().waitFor({ timeout: 120_000 });
  } finally {
    await browser.close();
  }
}, 300_000);

test('the page without a bundler shows a report', async () => {
  const examples = join(root, 'examples/embed');
  await using site = await serveFolder(examples, 0, {
    'examples/embed': examples,
    'node_modules/memgpu/dist': join(folder, 'node_modules/memgpu/dist'),
  });
  const browser = await chromium.launch(launchOptions);
  try {
    // The server's policy is that of the page of memgpu serve; an import map is a script within the page.
    const page = await browser.newPage({ bypassCSP: true, viewport: { width: 390, height: 844 } });
    await page.goto(`${site.address}examples/embed/index.html`);
    await page.getByLabel('Encoder', { exact: true }).setInputFiles(join(folder, 'f.safetensors'));
    const pictures = ['rgb.png', 'baseline.jpg', 'lossy.webp'].map((name) => goldenFile(`decoding/${name}`));
    await page.getByLabel('Images it was trained on').setInputFiles(pictures);
    await page.getByRole('button', { name: 'Measure' }).click();
    await page.getByText('3 candidates').first().waitFor({ timeout: 120_000 });
    expect(await page.getByRole('status').first().textContent()).toBe('Measured');
    const { scroll, client } = await page.evaluate(() => ({
      scroll: document.documentElement.scrollWidth,
      client: document.documentElement.clientWidth,
    }));
    expect(scroll).toBeLessThanOrEqual(client);
  } finally {
    await browser.close();
  }
}, 300_000);

test.each(['index.js', 'element.js'])(
  'importing the browser entry %s where there is no browser touches no global',
  (entry) => {
    const names = ['navigator', 'document', 'customElements', 'HTMLElement', 'localStorage'];
    const source = `for (const name of ${JSON.stringify(names)}) {
    const traps = { configurable: true, get() { if (name !== 'customElements' && name !== 'HTMLElement') throw new Error('touched ' + name); } };
    Object.defineProperty(globalThis, name, traps);
  }
  await import(${JSON.stringify(join(folder, 'node_modules/memgpu/dist', entry))});`;
    const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], { encoding: 'utf8' });
    expect(status, stderr).toBe(0);
  },
);

test('importing it touches no navigator and opens nothing', () => {
  const source =
    "globalThis.navigator ??= undefined; Object.defineProperty(globalThis, 'navigator', { get() { throw new Error('touched'); } }); await import('memgpu');";
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    cwd: folder,
    encoding: 'utf8',
  });
  expect(status, stderr).toBe(0);
});
