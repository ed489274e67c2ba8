/** The demo in the page from an empty browser to its report, step by step, and how long each holds the main thread. See docs/page.md. */
import { writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright-core';
import type { Report } from '../../src/analysis/result.js';
import { thumbnail } from '../../src/images/thumbnail.js';
import { serveFolder } from '../../src/platform/static-site.js';
import { launchOptions, whyNoChromium } from '../../test/browser/chromium.js';
import { exampleReport } from '../../test/report/example.js';
import { reportOfDepth } from '../../test/report/extremes.js';
import { type LongTask, takeLongTasks, watchLongTasks } from './long-tasks.js';

/** A report of 4,660 images a set and sixty layers, with pictures as large as they come. */
const MANY = { sizes: { candidates: 4660, external: 4660 }, depth: 60 };
const LARGE_REPORT = 'node_modules/.cache/memgpu-bench/report.json';
const LONGEST_WAIT = 600_000;

interface Step {
  readonly name: string;
  readonly seconds: number;
  readonly tasks: readonly LongTask[];
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });
const missing = whyNoChromium();
if (missing !== null) throw new Error(`No Chromium: ${missing}`);

await using site = await serveFolder('node_modules/.cache/memgpu-bench/site', 0, { demo: 'weights/demo' });
// A profile of its own, so nothing is cached: neither files nor compiled kernels.
const browser = await chromium.launch(launchOptions);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.setDefaultTimeout(LONGEST_WAIT);
  await watchLongTasks(page);
  const steps = [...(await demoSteps(page)), ...(await reportSteps(page))];
  const machine = `${cpus()[0]?.model.trim() ?? 'unknown'}, ${availableParallelism()} cores, Chromium ${browser.version()}`;
  if (values.json) process.stdout.write(`${JSON.stringify({ machine, steps }, null, 2)}\n`);
  else process.stdout.write(`${machine}\n\n${table(steps)}\n`);
} finally {
  await browser.close();
}

async function step(page: Page, name: string, action: () => Promise<unknown>): Promise<Step> {
  const start = performance.now();
  await action();
  const seconds = (performance.now() - start) / 1000;
  return { name, seconds, tasks: await takeLongTasks(page) };
}

/** From an empty browser to the demo's report, and through what one looks at in it. */
async function demoSteps(page: Page): Promise<Step[]> {
  const explorer = page.locator('.explorer');
  const heading = (level: string) => explorer.locator(level).first().waitFor();
  return inTurn(page, [
    ['the page is there, and its adapter', () => open(page)],
    [
      'the demo is fetched, its encoders are loaded',
      async () => {
        await page.getByRole('button', { name: 'Take the demo' }).click();
        await page.waitForFunction(() => document.body.textContent.match(/layers to measure/g)?.length === 2);
      },
    ],
    [
      'kernels are compiled, one image is timed',
      () => page.getByText(/400 images, 10 views of each, .* on this adapter/).waitFor(),
    ],
    [
      'the run begins: images read once, kernels prepared',
      async () => {
        await page.getByRole('button', { name: 'Run', exact: true }).click();
        await page.locator('progress[max]').waitFor();
      },
    ],
    [
      'measuring',
      () =>
        page.waitForFunction(() => {
          const bar = document.querySelector<HTMLProgressElement>('progress[max]');
          return bar === null || bar.value === bar.max;
        }),
    ],
    ['scores and intervals, until the report is shown', () => page.locator('.memgpu-report h1').waitFor()],
    [
      'every unit of the widest layer',
      async () => {
        await explorer.getByLabel('Layer', { exact: true }).selectOption('pooled');
        await explorer.getByText('Units of pooled').waitFor();
      },
    ],
    [
      'one unit and its images',
      async () => {
        await explorer.getByRole('button', { name: /^unit/ }).first().click();
        await heading('h4');
      },
    ],
    [
      'one image at every layer',
      async () => {
        await explorer.locator('.gallery button').first().click();
        await explorer
          .getByText(/of this image by layer/)
          .first()
          .waitFor();
      },
    ],
  ]);
}

async function open(page: Page): Promise<void> {
  await page.goto(site.address);
  await page.getByText(/Computes on/).waitFor();
}

async function reportSteps(page: Page): Promise<Step[]> {
  const text = JSON.stringify(largeReport());
  // By its path, as a visitor's: content that a test hands over is made a file on the very thread that is watched.
  writeFileSync(LARGE_REPORT, text);
  await open(page);
  await takeLongTasks(page);
  return inTurn(page, [
    [
      `a report.json of ${MANY.sizes.candidates} images a set, ${MANY.depth} layers, ${(text.length / 1e6).toFixed(1)} MB opens`,
      async () => {
        await page.getByLabel('Open a report.json').setInputFiles(LARGE_REPORT);
        await page.locator('.memgpu-report .provenance').waitFor();
      },
    ],
    [
      'its images, sorted by name',
      async () => {
        await page.locator('.explorer').getByRole('button', { name: 'Images' }).click();
        await page.locator('.explorer').getByRole('button', { name: 'Image', exact: true }).click();
        await page.locator('.explorer th[aria-sort]').waitFor();
      },
    ],
  ]);
}

async function inTurn(page: Page, steps: readonly (readonly [string, () => Promise<unknown>])[]): Promise<Step[]> {
  const done: Step[] = [];
  for (const [name, action] of steps) {
    done.push(await step(page, name, action));
    process.stderr.write(`${row(done.at(-1)!)}\n`);
  }
  return done;
}

function largeReport(): Report {
  const report = reportOfDepth(MANY.depth, exampleReport({ sizes: MANY.sizes }));
  const rgba = Uint8Array.from({ length: 4 * 96 * 96 }, (_, i) => i * 31);
  const picture = thumbnail({ width: 96, height: 96, rgba });
  return { ...report, images: report.images.map((image) => ({ ...image, picture })) };
}

function table(steps: readonly Step[]): string {
  return ['| step | seconds | longest task of the main thread |', '| --- | --- | --- |', ...steps.map(row)].join('\n');
}

function row({ name, seconds, tasks }: Step): string {
  const longest = Math.max(0, ...tasks.map(({ took }) => took));
  return `| ${name} | ${seconds.toFixed(1)} | ${longest === 0 ? 'under 50 ms' : `${longest.toFixed(0)} ms`} |`;
}
