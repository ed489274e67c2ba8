import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import { useSite } from './site.js';

const site = useSite();

/** Moves by Tab to what has that accessible name, as a person does. */
async function tabTo(page: Page, name: string | RegExp): Promise<void> {
  for (let presses = 0; presses < 200; presses++) {
    await page.keyboard.press('Tab');
    const focused = await page.evaluate(() => {
      const { activeElement: at } = document;
      if (at === document.body) return '';
      const labels = at instanceof HTMLInputElement || at instanceof HTMLSelectElement ? [...(at.labels ?? [])] : [];
      return at?.getAttribute('aria-label') ?? [...labels.map((label) => label.textContent), at?.textContent].join(' ');
    });
    if (typeof name === 'string' ? focused.includes(name) : name.test(focused)) return;
  }
  throw new Error(`no Tab leads to ${name}`);
}

async function chooseByKeys(page: Page, name: string, file: string): Promise<void> {
  await tabTo(page, `Choose files for ${name}`);
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), page.keyboard.press('Space')]);
  await chooser.setFiles(file);
}

test('the whole way by keyboard alone: files, a setting, the run, a unit, an image, and a saved file', async () => {
  const { page, context } = await site.open();
  // Dialogs are caught from here on, before the first one opens.
  page.on('filechooser', () => {});
  await chooseByKeys(page, 'Encoder f', site.files.f);
  await chooseByKeys(page, 'Reference g', site.files.g);
  await chooseByKeys(page, 'Candidates', site.files.candidates);
  await chooseByKeys(page, 'External images', site.files.external);
  await tabTo(page, /^views/);
  await page.keyboard.type('2');
  await page.keyboard.press('Tab');
  await page.getByText(/70 images, 2 views of each/).waitFor();
  await tabTo(page, /^ ?Run$/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'report.json' }).waitFor({ timeout: 120_000 });
  expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('This report');
  await tabTo(page, /report\.json/);
  const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
  expect(download.suggestedFilename()).toBe('report.json');
  await tabTo(page, /^ ?unit \d+$/);
  await page.keyboard.press('Enter');
  await page.getByText('The images with its highest means').waitFor();
  await tabTo(page, /candidates\.bin#\d+/);
  await page.keyboard.press('Enter');
  await page.getByText(/rank \d+ of 40 candidates/).waitFor();
  await context.close();
}, 300_000);
