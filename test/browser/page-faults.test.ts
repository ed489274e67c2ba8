import { chromium } from 'playwright-core';
import { expect, test } from 'vitest';
import { launchOptions } from './chromium.js';
import { choose, fillIn, measured, PHONE, runToEnd, saved, sideways, useSite, violations } from './site.js';

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
    const { page } = await site.open({ viewport: PHONE }, browser);
    await page.getByText(/gives no GPU adapter/).waitFor();
    expect(await page.getByRole('alert').textContent()).toMatch(/hardware acceleration/);
    expect(await page.getByRole('button', { name: 'Run' }).count()).toBe(0);
    await page.getByLabel('Open a report.json').setInputFiles({
      name: 'report.json',
      mimeType: 'application/json',
      buffer: Buffer.from('no'),
    });
    await page.getByText(/This is no JSON/).waitFor();
    expect(await violations(page)).toEqual([]);
    expect(await sideways(page)).toBeLessThanOrEqual(0);
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
