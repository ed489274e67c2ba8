import { expect, test } from 'vitest';
import { useSite } from './site.js';

const site = useSite();

test('the demo is fetched from beside the page, recognised, and planned', async () => {
  const { page, context, complaints, foreign } = await site.open();
  await page.getByRole('button', { name: 'Take the demo' }).click();
  await page.getByText('200 images').first().waitFor();
  await page
    .getByText(/400 images, 10 views of each, 11 layers; (about|less than) .* on this adapter/)
    .waitFor({ timeout: 120_000 });
  expect(await page.getByRole('button', { name: 'Run', exact: true }).isEnabled()).toBe(true);
  expect(complaints).toEqual([]);
  expect(foreign).toEqual([]);
  await context.close();
}, 300_000);

test('a host without the demo is told apart from a lost connection', async () => {
  const { page, context } = await site.open();
  await context.route('**/demo/*', (route) => route.fulfill({ status: 404 }));
  await page.getByRole('button', { name: 'Take the demo' }).click();
  await page.getByText(/This host does not carry the demo/).waitFor();
  await context.close();
}, 300_000);
