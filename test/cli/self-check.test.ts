import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, beforeEach, expect, test } from 'vitest';
import { cacheWithDriver } from './cache-with-driver.js';
import { CIFAR, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
const preload = pathToFileURL(fileURLToPath(new URL('miscompile.mjs', import.meta.url))).href;
/** The norms of features come out as if no feature had one. */
const WRONG = {
  NODE_OPTIONS: `--import ${preload}`,
  WRONG_KERNEL: 'view-norms',
  WRONG_FROM: '(part0 + part1)',
  WRONG_TO: '(part0 - part1)',
};
const AGREES = /^Self-check: \d+ kernels and a small network agree with float64, [\d.]+ s; (.*)\.$/m;

let f: string;
let cache: string;
let runs = 0;
beforeAll(() => {
  ({ f } = tinyPair(cli));
});
beforeEach(() => {
  cache = cacheWithDriver(cli.path(`cache-${runs++}`));
});

const kept = () => readdirSync(cache).filter((name) => name.startsWith('self-check-'));

function analyze(out: string, env: Record<string, string> = {}, ...more: string[]) {
  const options = ['--views', '2', '--layers', 'pooled', '--resamples', '100', '--out', cli.path(out), ...more];
  return cli.run(['analyze', f, `${CIFAR}@0-3`, ...options], { env: { MEMGPU_CACHE: cache, ...env } });
}

test('the first run on an adapter checks its kernels and keeps that; the next one does not, and its numbers are the same', async () => {
  const first = await analyze('first');
  expect(first).toMatchObject({ code: 0 });
  expect(AGREES.exec(first.stderr)?.[1]).toBe('not repeated on this adapter');
  expect(kept()).toHaveLength(1);
  const second = await analyze('second');
  expect(second).toMatchObject({ code: 0 });
  expect(second.stderr).not.toContain('Self-check');
  const scores = (out: string) => readFileSync(join(cli.path(out), 'scores.safetensors'));
  expect(scores('second').equals(scores('first'))).toBe(true);
});

test('another precision has other kernels, which are checked too', async () => {
  await analyze('f32');
  expect((await analyze('f16', {}, '--precision', 'f16')).stderr).toMatch(AGREES);
  expect(kept()).toHaveLength(2);
});

test.each([
  ['a run', 'wrong', []],
  ['a shard', 'wrong-shard', ['--shard', '0/2']],
] as const)(
  'a kernel that computes wrong values ends %s with 1: nothing is written, and nothing is kept',
  async (_, out, more) => {
    const { code, stdout, stderr } = await analyze(out, WRONG, ...more);
    expect([code, stdout], stderr).toEqual([1, '']);
    expect(stderr).toMatch(/^memgpu: GPU_ERROR: .* computes wrong values: kernel view-norms 70x10 is off by /m);
    expect(stderr).toMatch(/^hint: Update the graphics driver/m);
    expect(existsSync(cli.path(out))).toBe(false);
    expect(kept()).toEqual([]);
  },
);

test('features refuses too, and writes no file', async () => {
  const out = cli.path('wrong.safetensors');
  const wrong = { ...WRONG, WRONG_KERNEL: 'maxpool', WRONG_FROM: 'value > best', WRONG_TO: 'value < best' };
  const env = { MEMGPU_CACHE: cache, ...wrong };
  const { code, stderr } = await cli.run(['features', f, `${CIFAR}@0-3`, '--nodes', 'pooled', '--out', out], { env });
  expect([code, stderr], stderr).toEqual([1, expect.stringContaining('wrong values: kernel maxpool')]);
  expect(existsSync(out)).toBe(false);
});

test('a file of another version is as good as none', async () => {
  await analyze('before');
  const file = join(cache, kept()[0]!);
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"memgpu": "[^"]*"/, '"memgpu": "0.0.0"'));
  expect((await analyze('after')).stderr).toMatch(AGREES);
  expect(kept()).toHaveLength(1);
});

test('where nothing can be kept the run goes on and says so', async () => {
  // A folder in the place of the file: other files, the driver's among them, can be written.
  await analyze('kept');
  const [name] = kept();
  const other = cacheWithDriver(cli.path('cache-taken'));
  mkdirSync(join(other, name!));
  const { code, stderr } = await analyze('not-kept', { MEMGPU_CACHE: other });
  expect([code, AGREES.exec(stderr)?.[1]], stderr).toEqual([0, expect.stringContaining('cannot be kept')]);
});

test('doctor checks every time, prints a table, and ends with 1 where a kernel is wrong', async () => {
  const env = { MEMGPU_CACHE: cache, ...WRONG };
  const { code, stdout, stderr } = await cli.run(['doctor'], { env });
  expect(code, stderr).toBe(1);
  expect(stderr).toMatch(/^memgpu: GPU_ERROR: .* computes wrong values: kernel view-norms /m);
  expect(stdout).toMatch(/^self-check +\d+ kernels and small networks, .*: SOME ARE WRONG$/m);
  expect(stdout).toMatch(/^view-norms 70x10 +1 +\d\.\de[+-]\d+ +\d\.\de-\d+ +WRONG$/m);
  expect(stdout).toMatch(/^conv +\d+ +\d\.\de-\d+ +\d\.\de-\d+ +right$/m);
  expect(kept()).toEqual([]);
});
