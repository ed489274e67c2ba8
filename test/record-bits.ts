import { afterAll, expect } from 'vitest';
import { openedAdapter } from './open-gpu.js';

/**
 * Hashes of kernel outputs, by test: each host writes its own file per test file, and `scripts/compare-bits.mjs`
 * compares them after the run. On one software adapter Node and Chromium agree in every bit.
 */
const bits: Record<string, string> = {};
let file: string | undefined;

export async function recordBits(name: string, data: ArrayBufferView): Promise<void> {
  const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
  if (name in bits) throw new Error(`bits of ${name} are recorded twice`);
  bits[name] = Array.from(hash.subarray(0, 12), (byte) => byte.toString(16).padStart(2, '0')).join('');
  file ??= expect.getState().testPath;
}

afterAll(async () => {
  if (file === undefined) return;
  const name = file.replace(/^.*\/test\//, '').replaceAll('/', '.');
  const { kind = '', vendor = '', architecture = '' } = openedAdapter ?? {};
  const text = `${JSON.stringify({ adapter: { kind, vendor, architecture }, bits }, null, 1)}\n`;
  if ('document' in globalThis) {
    const { commands } = await import('vitest/browser');
    await commands.writeFile(`test-results/bits/chromium/${name}.json`, text);
  } else {
    const { mkdirSync, writeFileSync } = await import('node:fs');
    mkdirSync('test-results/bits/node', { recursive: true });
    writeFileSync(`test-results/bits/node/${name}.json`, text);
  }
});
