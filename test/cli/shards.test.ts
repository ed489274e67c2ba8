import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { decodeChunk, encodeChunk } from '../../src/chunk-file.js';
import { CIFAR, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

/** Shards of a run through the command, and what `memgpu merge` makes of them. */

const cli = useCli();
let f = '';
let g = '';
let made = 0;
const newOut = () => cli.path(`out-${++made}`);

/** Two sets, four chunks. */
const SETS = ['--candidates', `${CIFAR}@0-39`, '--external', `${CIFAR}@24-63`];
const CHEAP = ['--views', '2', '--resamples', '100', '--augment', 'mae', '--layers', 'add,pooled'];
const command = (out: string, ...more: string[]) => [
  ...['analyze', f, '--reference', g, ...SETS, ...CHEAP, '--out', out, '--quiet'],
  ...more,
];
const chunksIn = (out: string) => readdirSync(`${out}/chunks`).sort();
const nameOf = (number: number) => `0000${number}.safetensors`;
const scoresFile = (out: string) => readFileSync(`${out}/scores.safetensors`);
const reportOf = (out: string) => JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));

async function run(args: readonly string[], options = {}): Promise<{ stdout: string; stderr: string }> {
  const outcome = await cli.run(args, options);
  expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
  return outcome;
}

let whole = '';
/** All chunks in one folder, by three shards. */
let shards = '';
beforeAll(async () => {
  ({ f, g } = tinyPair(cli));
  [whole, shards] = [newOut(), newOut()];
  await run(command(whole));
  for (const index of [2, 0, 1]) await run(command(shards, '--shard', `${index}/3`));
});

test('shards leave chunks and run.json alone; merge adds the outputs', async () => {
  expect(readdirSync(shards).sort()).toEqual(['chunks', 'run.json']);
  expect(chunksIn(shards)).toEqual([0, 1, 2, 3].map(nameOf));
  const { stdout } = await run(['merge', shards]);
  expect(stdout).toContain(`Written to ${shards}: `);
  expect(readdirSync(shards).sort()).toEqual(readdirSync(whole).sort());
});

describe('equal bits of scores.safetensors, and an equal report', () => {
  const same = (out: string) => {
    expect(scoresFile(out).equals(scoresFile(whole))).toBe(true);
    const plain = ({
      created: _,
      timings: __,
      settings: { batch: ___, ...settings },
      ...report
    }: ReturnType<typeof reportOf>) => ({
      ...report,
      settings,
    });
    expect(plain(reportOf(out))).toEqual(plain(reportOf(whole)));
  };

  test('by one process, and by three shards merged', async () => {
    const out = newOut();
    cpSync(shards, out, { recursive: true });
    await run(['merge', out, '--quiet']);
    same(out);
  });

  test('by shards of two batches, in two folders, at the same time', async () => {
    const [one, other, out] = [newOut(), newOut(), newOut()];
    await Promise.all([
      run(command(one, '--shard', '0/2', '--batch', '1')),
      run(command(other, '--shard', '1/2', '--batch', '7')),
    ]);
    expect(chunksIn(one)).toEqual([0, 2].map(nameOf));
    await run(['merge', other, one, '--out', out, '--quiet']);
    expect(existsSync(`${out}/chunks`)).toBe(false);
    same(out);
  });

  test('by a shard that was killed, run again', async () => {
    const out = newOut();
    cpSync(shards, out, { recursive: true });
    rmSync(`${out}/chunks/${nameOf(3)}`);
    const { stdout } = await run(command(out, '--shard', '0/3', '--json'));
    expect(JSON.parse(stdout)).toEqual({
      out,
      shard: { index: 0, count: 3 },
      chunks: { shard: 2, resumed: 1, present: 4, total: 4 },
    });
    await run(['merge', out, '--quiet']);
    same(out);
  });

  test('by a run that goes on from the chunks of shards', async () => {
    const out = newOut();
    await run(command(out, '--shard', '1/3'));
    await run(command(out, '--resume'));
    same(out);
  });
});

test('a shard without a chunk is done at once', async () => {
  const out = newOut();
  const { stdout } = await run(command(out, '--shard', '5/6'));
  expect(stdout).toBe(`Shard 5 of 6 is done: 0 chunks in ${out}, which holds 0 of 4.\n`);
});

test('the scheduler tells the shard', async () => {
  const out = newOut();
  const env = {
    ...{ SLURM_ARRAY_TASK_ID: '4', SLURM_ARRAY_TASK_MIN: '1' },
    ...{ SLURM_ARRAY_TASK_STEP: '1', SLURM_ARRAY_TASK_COUNT: '4' },
  };
  await run(command(out, '--shard', 'auto'), { env });
  expect(chunksIn(out)).toEqual([nameOf(3)]);
});

test('the error of a coarse precision comes with shard 0', async () => {
  const out = newOut();
  const f16 = (...more: string[]) => command(out, '--precision', 'f16', ...more);
  await run(f16('--shard', '1/2'));
  const early = await cli.run(['merge', out]);
  expect(early.code).toBe(2);
  await run(f16('--shard', '0/2'));
  expect(chunksIn(out)).toContain('precision.safetensors');
  await run(['merge', out, '--quiet']);
  const alone = newOut();
  await run([...f16().map((arg) => (arg === out ? alone : arg))]);
  expect(reportOf(out).precision).toEqual(reportOf(alone).precision);
  expect(scoresFile(out).equals(scoresFile(alone))).toBe(true);
});

describe('refused by name, and nothing is written', () => {
  const refused = async (args: readonly string[], message: string, options = {}) => {
    const outcome = await cli.run(args, options);
    expect(outcome.stderr).toContain(message);
    expect(outcome).toMatchObject({ code: 2, stdout: '' });
  };

  test('gaps', async () => {
    const out = newOut();
    cpSync(shards, out, { recursive: true });
    for (const name of readdirSync(out)) if (name !== 'chunks' && name !== 'run.json') rmSync(join(out, name));
    rmSync(`${out}/chunks/${nameOf(2)}`);
    await refused(['merge', out], 'memgpu: BAD_OPTION: one chunk of 4 is missing: 2 (external 0 to 31)');
    expect(readdirSync(out).sort()).toEqual(['chunks', 'run.json']);
  });

  test('overlap, and the folder of the report is taken away again', async () => {
    const [copy, out] = [newOut(), newOut()];
    cpSync(shards, copy, { recursive: true });
    await refused(['merge', shards, copy, '--out', out], `chunk 0 is in '${shards}' and in '${copy}'`);
    expect(existsSync(out)).toBe(false);
  });

  test('a chunk with a flipped byte', async () => {
    const out = newOut();
    cpSync(shards, out, { recursive: true });
    const chunk = readFileSync(`${out}/chunks/${nameOf(1)}`);
    chunk[chunk.length - 20]! ^= 4;
    writeFileSync(`${out}/chunks/${nameOf(1)}`, chunk);
    await refused(['merge', out], 'one chunk of 4 is damaged, or of another run: 1 (candidates 32 to 39)');
  });

  test('a run.json that was edited', async () => {
    const out = newOut();
    cpSync(shards, out, { recursive: true });
    writeFileSync(`${out}/run.json`, readFileSync(`${out}/run.json`, 'utf8').replace('"views": 2', '"views": 3'));
    await refused(['merge', out], `'${out}/run.json' is not of a run that this version knows, or was changed`);
  });

  test('other settings, other images', async () => {
    const out = newOut();
    await refused(command(shards, '--shard', '0/3', '--seed', '1'), 'holds another run: settings.seed (0, now 1)');
    await run(command(out, '--shard', '1/3', '--seed', '1'));
    await refused(['merge', shards, out, '--out', newOut()], 'settings.seed (there 0, here 1)');
    const fewer = command(out, '--shard', '0/3', '--seed', '1').map((arg) => arg.replace('@24-63', '@24-62'));
    await refused(fewer, 'holds another run: sets.external.n (40, now 39)');
  });

  test('a folder without a run, several without --out, flags that contradict', async () => {
    const empty = newOut();
    mkdirSync(empty);
    await refused(['merge', empty], `'${empty}' holds no run of memgpu`);
    await refused(['merge', shards, whole], '--out is missing');
    await refused(command(newOut(), '--shard', '0/2', '--force'), '--shard and --force contradict each other');
    await refused(command(newOut(), '--shard', '2/2'), 'there is no shard 2 of 2');
    await refused(command(newOut(), '--shard', 'auto'), '--shard auto finds no array of jobs');
  });
});

test('chunks of two adapters are merged with the flag alone, and the report lists both', async () => {
  const [mine, other, out] = [newOut(), newOut(), newOut()];
  for (const [folder, left] of [
    [mine, [1, 3]],
    [other, [0, 2]],
  ] as const) {
    cpSync(shards, folder, { recursive: true });
    for (const number of left) rmSync(`${folder}/chunks/${nameOf(number)}`);
  }
  const { key } = JSON.parse(readFileSync(`${other}/run.json`, 'utf8'));
  for (const name of chunksIn(other)) {
    const path = `${other}/chunks/${name}`;
    const record = (await decodeChunk(readFileSync(path), 'any chunk', key, 'any adapter'))!;
    writeFileSync(path, encodeChunk({ ...record, adapter: { ...record.adapter, driver: 'newer' } }, key));
  }
  const merge = ['merge', mine, other, '--out', out, '--quiet'];
  const outcome = await cli.run(merge);
  expect(outcome.code).toBe(2);
  expect(outcome.stderr).toContain('BAD_OPTION: the chunks are of 2 adapters: ');
  expect(existsSync(out)).toBe(false);
  await run([...merge, '--mixed-adapters']);
  const report = reportOf(out);
  expect(report.adapters.map(({ driver }: { driver: string }) => driver)).toContain('newer');
  expect(report.warnings).toContainEqual(expect.objectContaining({ code: 'MIXED_ADAPTERS', value: 2 }));
  expect(scoresFile(out).equals(scoresFile(whole))).toBe(true);
});

describe('pictures of a merged report', () => {
  const picturesOf = (out: string) =>
    reportOf(out).images.filter(({ picture }: { picture?: string }) => picture).length;

  test('are those of the images where they lie as before', async () => {
    await run(['merge', shards, '--quiet']);
    expect(picturesOf(shards)).toBe(picturesOf(whole));
    expect(picturesOf(whole)).toBeGreaterThan(0);
    await run(['merge', shards, '--quiet', '--no-pictures']);
    expect(picturesOf(shards)).toBe(0);
  });

  test('are left out, and that is said, where the images are gone or others', async () => {
    const [folder, out] = [newOut(), newOut()];
    mkdirSync(folder);
    cpSync(CIFAR, `${folder}/images.bin`);
    const args = ['analyze', f, 'images.bin@0-7', ...CHEAP, '--out', out, '--shard', '0/1', '--quiet'];
    await run(args, { cwd: folder });
    const bytes = readFileSync(`${folder}/images.bin`);
    for (let i = 0; i < 3; i++) bytes[3073 * i + 9]! ^= 1;
    writeFileSync(`${folder}/images.bin`, bytes);
    const changed = await run(['merge', out], { cwd: folder });
    expect(changed.stderr).toContain('No pictures of 3 images: not as when they were measured.');
    expect(picturesOf(out)).toBe(5);
    rmSync(folder, { recursive: true });
    const gone = await run(['merge', out]);
    expect(gone.stderr).toContain("No pictures of the set candidates, 'images.bin@0-7': ");
    expect(picturesOf(out)).toBe(0);
  });
});
