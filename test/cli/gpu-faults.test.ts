import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { expectSame } from './faulted-run.js';
import { CIFAR, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

/** A GPU that fails in the middle: a typed error, its exit code, and nothing written beyond finished chunks. */

const cli = useCli();
const preload = pathToFileURL(fileURLToPath(new URL('gpu-fault.mjs', import.meta.url))).href;
let pair: { f: string; g: string };
beforeAll(async () => {
  pair = tinyPair(cli);
  // After it the submits that faults count are those of the analysis: its kernels need no self-check any more.
  expect((await analyze('whole')).code).toBe(0);
});

const FIRST = '00000.safetensors';
const bytesOf = (path: string) => readFileSync(cli.path(path));

const analyze = (out: string, fault: Record<string, string> = {}, more: readonly string[] = []) =>
  cli.run(
    [
      'analyze',
      pair.f,
      CIFAR,
      '--reference',
      pair.g,
      '--views',
      '2',
      '--layers',
      'pooled',
      '--batch',
      '16',
      '--out',
      cli.path(out),
      ...more,
    ],
    { env: Object.keys(fault).length === 0 ? {} : { NODE_OPTIONS: `--import ${preload}`, ...fault } },
  );

test.each([
  ['loss', 5, 'DEVICE_LOST'],
  ['validation', 1, 'GPU_ERROR'],
  ['memory', 4, 'OUT_OF_MEMORY'],
] as const)(
  '%s in the second chunk: exit code %i, the first chunk is kept, and --resume gives the bits of an undisturbed run',
  async (fault, code, name) => {
    // Two batches a chunk, and two submitted at a time: before the fourth the results of the first two are taken.
    const failed = await analyze(fault, { FAULT: fault, FAULT_AT: '4' });
    expect([failed.code, failed.stderr], failed.stderr).toEqual([code, expect.stringContaining(`memgpu: ${name}: `)]);
    expect(failed.stderr).not.toMatch(/\n\s+at /);
    expect(readdirSync(cli.path(fault)).sort()).toEqual(['chunks', 'run.json']);
    expect(readdirSync(cli.path(`${fault}/chunks`))).toEqual([FIRST]);
    expect(bytesOf(`${fault}/chunks/${FIRST}`).equals(bytesOf(`whole/chunks/${FIRST}`))).toBe(true);

    const resumed = await analyze(fault, {}, ['--resume']);
    expect(resumed.code, resumed.stderr).toBe(0);
    expectSame(cli.path(fault), cli.path('whole'));
  },
);

test.each([
  ['loss', 5],
  ['validation', 1],
] as const)('%s before a chunk is finished leaves nothing behind', async (fault, code) => {
  const out = `first-${fault}`;
  expect((await analyze(out, { FAULT: fault, FAULT_AT: '1' })).code).toBe(code);
  expect(existsSync(cli.path(out))).toBe(false);
});

test('memory for no batch: exit code 4, nothing left behind', async () => {
  const { code, stderr } = await analyze('none', { FAULT: 'memory for batches', FAULT_BYTES: '0' });
  expect([code, stderr], stderr).toEqual([4, expect.stringContaining('memgpu: OUT_OF_MEMORY: ')]);
  expect(existsSync(cli.path('none'))).toBe(false);
});

test('memory for small batches alone: they become smaller, and the bits are the same', async () => {
  const { code, stderr } = await analyze('smaller', { FAULT: 'memory for batches', FAULT_BYTES: '262144' });
  expect(code, stderr).toBe(0);
  expect(stderr).toContain('Out of memory: going on with batches of 8 images.');
  expectSame(cli.path('smaller'), cli.path('whole'));
});
