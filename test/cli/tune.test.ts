import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { cacheWithDriver } from './cache-with-driver.js';
import { useCli } from './run-cli.js';

const cli = useCli();
const TUNE = ['tune', '--only', 'gemm*', '--repeats', '1'];

let cache: string;
let env: Record<string, string>;
beforeAll(() => {
  cache = cacheWithDriver(cli.path('cache'));
  env = { MEMGPU_CACHE: cache };
});

const stored = () => readdirSync(cache).filter((name) => name.startsWith('tiles-'));

test('tune measures, stores what it chose, a damaged file is warned of and doctor tells of it, --reset forgets', async () => {
  const tuned = await cli.run([...TUNE, '--json'], { env });
  expect(tuned).toMatchObject({ code: 0 });
  const report = JSON.parse(tuned.stdout);
  expect(report).toMatchObject({ schema: 'memgpu-tune/1', repeats: 1, shapes: [{ name: 'gemm 64x1024x256' }] });
  expect(stored()).toHaveLength(1);
  const file = join(cache, stored()[0]!);
  expect(report.file).toBe(file);
  const [{ kind, chosen }] = report.choices;
  expect(JSON.parse(readFileSync(file, 'utf8')).tiles).toEqual({ [kind]: chosen });

  writeFileSync(file, '{"schema": 1');
  const bench = await cli.run(['bench', 'kernels', '--shape', 'gemm:8,8,8', '--repeats', '1', '--json'], { env });
  expect(bench).toMatchObject({ code: 0 });
  expect(bench.stderr.split('\n').filter((line) => line.includes('Warning'))).toEqual([
    `Warning: ${file} is not used: it is no JSON. Run: memgpu tune`,
  ]);
  const doctor = await cli.run(['doctor', '--json'], { env });
  expect(JSON.parse(doctor.stdout).tuned).toEqual({ file, stored: false, unusable: 'it is no JSON' });

  const reset = await cli.run(['tune', '--reset'], { env });
  expect(reset).toMatchObject({ code: 0, stdout: `Removed ${file}\n` });
  expect(stored()).toEqual([]);
  expect((await cli.run(['tune', '--reset'], { env })).stdout).toContain('Nothing was stored');
});

test('a pattern that names no shape, and --reset with --only, are refused', async () => {
  const unknown = await cli.run(['tune', '--only', 'gem'], { env });
  expect(unknown.code).toBe(2);
  expect(unknown.stderr).toContain("--only: 'gem' names none");
  const both = await cli.run(['tune', '--only', 'gemm*', '--reset'], { env });
  expect(both.code).toBe(2);
  expect(both.stderr).toContain('contradict');
});
