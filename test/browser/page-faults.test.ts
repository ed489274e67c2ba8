import { chromium, type Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchOptions } from './chromium.js';
import { choose, expectSound, fillIn, measured, runToEnd, saved, useSite } from './site.js';

const site = useSite();
const LIMIT = 300_000;

test(
  'a GPU that is lost in the middle of a run is opened again, and the numbers are those of an undisturbed run',
  async () => {
    // A browser of its own: after two crashes it would give no adapter any more.
    const browser = await chromium.launch(launchOptions);
    const { page } = await site.open({}, browser);
    await fillIn(page, site);
    await choose(page, 'External images', site.files.many);
    await page.getByText(/1240 images/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await measured(page, 300);
    await (await browser.newBrowserCDPSession()).send('Browser.crashGpuProcess' as never);
    await page.getByText(/The GPU was lost/).waitFor();
    await expectSound(page, 'a run that goes on after the GPU was lost');
    await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 120_000 });
    const recovered = await saved(page, 'scores.safetensors');
    await browser.close();

    const undisturbed = await site.open();
    await fillIn(undisturbed.page, site);
    await choose(undisturbed.page, 'External images', site.files.many);
    await runToEnd(undisturbed.page);
    expect(recovered.equals(await saved(undisturbed.page, 'scores.safetensors'))).toBe(true);
    await undisturbed.context.close();
  },
  LIMIT,
);

test(
  'without an adapter the page says what to do, and still opens reports',
  async () => {
    const browser = await chromium.launch({ ...launchOptions, args: [] });
    const { page } = await site.open({}, browser);
    await page.getByText(/gives no GPU adapter/).waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/hardware acceleration/);
    expect(await page.getByRole('button', { name: 'Run' }).count()).toBe(0);
    await page.getByLabel('Open a report.json').setInputFiles({
      name: 'report.json',
      mimeType: 'application/json',
      buffer: Buffer.from('no'),
    });
    await page.getByText(/This is no JSON/).waitFor();
    await expectSound(page, 'without an adapter');
    await browser.close();
  },
  LIMIT,
);

test(
  'where the browser stores no more, the run says so and goes on to its end',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await choose(page, 'External images', site.files.many);
    await page.getByText(/1240 images/).waitFor();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Storage.overrideQuotaForOrigin', { origin: new URL(site.address).origin, quotaSize: 1000 });
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await page.getByText(/does not let this page store/).waitFor({ timeout: 120_000 });
    await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 120_000 });
    expect(JSON.parse(String(await saved(page, 'report.json'))).sets.external.n).toBe(1200);
    expect((await saved(page, 'scores.safetensors')).length).toBeGreaterThan(100_000);
    await expectSound(page, 'a report with a note');
    await context.close();
  },
  LIMIT,
);

test(
  'a tab that is frozen in the background for a while goes on when it is back',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await choose(page, 'External images', site.files.many);
    await page.getByText(/1240 images/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await measured(page, 100);
    const devtools = await context.newCDPSession(page);
    await devtools.send('Page.setWebLifecycleState', { state: 'frozen' });
    await new Promise((resolve) => setTimeout(resolve, 3000));
    await devtools.send('Page.setWebLifecycleState', { state: 'active' });
    await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 120_000 });
    await context.close();
  },
  LIMIT,
);

test(
  'the same run in a second tab is refused while the first is at it',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await choose(page, 'External images', site.files.many);
    await page.getByText(/1240 images/).waitFor();
    const second = await context.newPage();
    await second.goto(site.address);
    await fillIn(second, site);
    await choose(second, 'External images', site.files.many);
    await second.getByText(/1240 images/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await measured(page, 64);
    await second
      .getByRole('button', { name: /^(Run|Go on)$/ })
      .last()
      .click();
    await second.getByText(/going on in another tab/).waitFor();
    await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 120_000 });
    await context.close();
  },
  LIMIT,
);

/** The runs that the browser keeps, by the first digits of their keys, and whether each is finished. */
function keptRuns(page: Page): Promise<Record<string, boolean>> {
  return page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const runs = await (await root.getDirectoryHandle('memgpu')).getDirectoryHandle('runs');
    const found: Record<string, boolean> = {};
    for await (const [key, run] of runs.entries()) {
      const names: string[] = [];
      for await (const name of (run as FileSystemDirectoryHandle).keys()) names.push(name);
      found[key.slice(0, 8)] = names.includes('finished');
    }
    return found;
  });
}

test(
  'of finished runs only the last is kept, and an unfinished one until it is deleted',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await runToEnd(page);
    const first = await keptRuns(page);
    expect(Object.values(first)).toEqual([true]);
    await page.getByRole('button', { name: 'Back to the inputs' }).click();
    await choose(page, 'External images', site.files.many);
    await page.getByText(/1240 images/).waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await measured(page, 100);
    await page.getByRole('button', { name: 'Cancel' }).click();
    const unfinished = page.getByRole('region', { name: 'Unfinished here' });
    await unfinished.waitFor();
    const second = await keptRuns(page);
    expect(Object.values(second)).toEqual([false]);
    expect(Object.keys(second)).not.toEqual(Object.keys(first));
    await unfinished.getByRole('button', { name: 'Delete' }).click();
    await unfinished.waitFor({ state: 'detached' });
    expect(await keptRuns(page)).toEqual({});
    await context.close();
  },
  LIMIT,
);

test(
  'a stored part with one byte flipped is measured anew, to the same numbers',
  async () => {
    const { page, context } = await site.open();
    await fillIn(page, site);
    await runToEnd(page);
    const scores = await saved(page, 'scores.safetensors');
    await page.reload();
    await page.evaluate(async () => {
      const root = await navigator.storage.getDirectory();
      const runs = await (await root.getDirectoryHandle('memgpu')).getDirectoryHandle('runs');
      for await (const run of runs.values()) {
        const chunks = await (run as FileSystemDirectoryHandle).getDirectoryHandle('chunks');
        const chunk = await chunks.getFileHandle('00000.safetensors');
        const bytes = new Uint8Array(await (await chunk.getFile()).arrayBuffer());
        bytes[bytes.length - 1]! ^= 1;
        const stream = await chunk.createWritable();
        await stream.write(bytes);
        await stream.close();
      }
    });
    await fillIn(page, site);
    await page.getByText(/of 3 parts are done from before/).waitFor();
    await runToEnd(page);
    expect(JSON.parse(String(await saved(page, 'report.json'))).timings.measuring).toBeGreaterThan(0);
    expect(scores.equals(await saved(page, 'scores.safetensors'))).toBe(true);
    await context.close();
  },
  LIMIT,
);
