import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { MemgpuError } from '../../src/errors.js';
import { hasPassed, keepPassed } from '../../src/platform/passed-checks.js';

const ADAPTER = { name: 'GPU one', driver: 'driver 1.2', origin: 'system' } as const;
const VARIANT = 'f32, tile, discrete, transformer';

let cache: string;
beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'memgpu-checks-'));
  vi.stubEnv('MEMGPU_CACHE', cache);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(cache, { recursive: true, force: true });
});

test('what is kept holds for this adapter, driver, origin and variant, and for no other', () => {
  expect(hasPassed(ADAPTER, VARIANT)).toBe(false);
  expect(dirname(keepPassed(ADAPTER, VARIANT))).toBe(cache);
  expect(hasPassed({ ...ADAPTER }, VARIANT)).toBe(true);
  expect(hasPassed({ ...ADAPTER, name: 'GPU two' }, VARIANT)).toBe(false);
  expect(hasPassed({ ...ADAPTER, driver: 'driver 1.3' }, VARIANT)).toBe(false);
  expect(hasPassed({ ...ADAPTER, origin: 'embedded' }, VARIANT)).toBe(false);
  expect(hasPassed(ADAPTER, `${VARIANT}, blocks`)).toBe(false);
});

test('keeping it again leaves one file', () => {
  keepPassed(ADAPTER, VARIANT);
  keepPassed(ADAPTER, VARIANT);
  expect(readdirSync(cache)).toHaveLength(1);
});

test.each(['', '{}', '{"schema": "memgpu-self-check/1"}'])('a file that holds %j is as good as none', (text) => {
  writeFileSync(keepPassed(ADAPTER, VARIANT), text);
  expect(hasPassed(ADAPTER, VARIANT)).toBe(false);
  keepPassed(ADAPTER, VARIANT);
  expect(hasPassed(ADAPTER, VARIANT)).toBe(true);
});

test('a place that takes no file is an error to keep and none to ask', () => {
  const file = keepPassed(ADAPTER, VARIANT);
  rmSync(file);
  mkdirSync(file);
  expect(hasPassed(ADAPTER, VARIANT)).toBe(false);
  expect(() => keepPassed(ADAPTER, VARIANT)).toThrow(MemgpuError);
});
