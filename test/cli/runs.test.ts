import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type RefTensor, readSafetensors } from '../reference/safetensors.js';
import { CIFAR, tinyPair } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
let f = '';
let g = '';
let made = 0;
const newOut = () => cli.path(`run-${++made}`);

/** Few kernels to compile. */
const CHEAP = ['--augment', 'mae', '--resamples', '100', '--views', '2', '--layers', 'pooled'];
/** Two sets, three chunks. */
const SETS = ['--candidates', `${CIFAR}@0-39`, '--external', `${CIFAR}@40-63`];
const LAYERS = ['prep.relu', 'add', 'layer3_head.relu', 'pooled'];
const VIEWS = ['--views', '2', '--resamples', '100'];
const FEW = ['--layers', LAYERS.join(',')];

const command = (out: string, ...more: string[]) => ['analyze', f, '--reference', g, ...VIEWS, '--out', out, ...more];
const threeChunks = (out: string, ...more: string[]) => command(out, ...SETS, ...FEW, '--quiet', ...more);

/** Runs a command that must succeed. */
async function run(args: readonly string[]): Promise<string> {
  const outcome = await cli.run(args);
  expect({ code: outcome.code, stderr: outcome.stderr }).toMatchObject({ code: 0 });
  return outcome.stderr;
}

const scoresFile = (out: string) => readFileSync(`${out}/scores.safetensors`);
const scoresOf = (out: string) => readSafetensors(scoresFile(out));
const reportOf = (out: string) => JSON.parse(readFileSync(`${out}/report.json`, 'utf8'));
const bits = ({ data }: RefTensor) => Array.from(new Uint32Array(data.buffer, data.byteOffset, data.length));

let plain = '';
beforeAll(async () => {
  ({ f, g } = tinyPair(cli));
  plain = newOut();
  await run(threeChunks(plain));
});

test('a run leaves its outputs, its chunks and run.json, and nothing else', () => {
  const outputs = ['images.csv', 'layers.csv', 'report.json', 'run.json', 'scores.safetensors', 'units.csv'];
  expect(readdirSync(plain).sort()).toEqual(['chunks', ...outputs].sort());
  expect(readdirSync(`${plain}/chunks`).sort()).toEqual([0, 1, 2].map((i) => `0000${i}.safetensors`));
  expect(JSON.parse(readFileSync(`${plain}/run.json`, 'utf8'))).toMatchObject({
    schema: 'memgpu-run/1',
    identity: { settings: { views: 2, augment: 'simclr' }, sets: { candidates: { n: 40 }, external: { n: 24 } } },
    inputs: { f, g },
  });
});

describe('equal bits of scores.safetensors', () => {
  test.each([['1'], ['7']])('whatever the batch: %s images', async (batch) => {
    const out = newOut();
    await run(threeChunks(out, '--batch', batch));
    expect(reportOf(out).settings.batch).toBe(Math.min(Number(batch), 32));
    expect(scoresFile(out).equals(scoresFile(plain))).toBe(true);
  });

  test('in a second run, of another batch, which replaces the first in its folder', async () => {
    const before = scoresFile(plain);
    const { created } = reportOf(plain);
    await run(threeChunks(plain, '--batch', '64'));
    expect(reportOf(plain).created).not.toBe(created);
    expect(scoresFile(plain).equals(before)).toBe(true);
  });

  test('for each image when the images come in another order', async () => {
    const out = newOut();
    const order = [
      63,
      ...Array.from({ length: 24 }, (_, i) => i + 39),
      ...Array.from({ length: 39 }, (_, i) => 38 - i),
    ];
    await run(command(out, '--candidates', `${CIFAR}@${order.join(',')}`, ...FEW, '--quiet'));
    const found = scoresOf(out);
    const wanted = scoresOf(plain);
    expect(Array.from(found.get('candidates/index')!.data)).toEqual(order);
    const perImage = [...found.keys()].filter((name) => /^candidates\/(alignment|sslmem|mu)\//.test(name));
    expect(perImage).toHaveLength(4 * LAYERS.length);
    for (const name of perImage) {
      const rows = bits(found.get(name)!);
      const width = rows.length / order.length;
      const before = [name, name.replace('candidates', 'external')].map((key) => bits(wanted.get(key)!));
      order.forEach((image, position) => {
        const [from, row] = image < 40 ? [before[0]!, image] : [before[1]!, image - 40];
        const expected = from.slice(row * width, (row + 1) * width);
        expect(rows.slice(position * width, (position + 1) * width), `${name} of ${image}`).toEqual(expected);
      });
    }
  });

  test('after a chunk was deleted and another one damaged', async () => {
    const out = newOut();
    cpSync(plain, out, { recursive: true });
    rmSync(`${out}/report.json`);
    rmSync(`${out}/chunks/00000.safetensors`);
    const damaged = readFileSync(`${out}/chunks/00001.safetensors`);
    damaged[damaged.length - 9]! ^= 1;
    writeFileSync(`${out}/chunks/00001.safetensors`, damaged);
    const said = await run(command(out, ...SETS, ...FEW, '--resume'));
    expect(said).toContain('Resumed: 1 chunk was done before.');
    expect(scoresFile(out).equals(scoresFile(plain))).toBe(true);
  });
});

describe('a signal in the middle of a run', () => {
  const long = (out: string) => [...['analyze', f, CIFAR, ...CHEAP, '--views', '12', '--batch', '1', '--out', out]];
  /** Sends a signal once the first of two chunks is done. */
  const interrupt = (out: string, signal: NodeJS.Signals) =>
    cli.run(long(out), {
      async during(process) {
        while (!existsSync(`${out}/chunks/00000.safetensors`) && process.running) await pause();
        process.kill(signal);
      },
    });

  test('SIGINT ends it with 130 and keeps its chunks; resumed, it gives the same bits', async () => {
    const [out, whole] = [newOut(), newOut()];
    const interrupted = await interrupt(out, 'SIGINT');
    expect(interrupted).toMatchObject({ code: 130, signal: null, stdout: '' });
    expect(interrupted.stderr).toContain('memgpu: ABORTED: ');
    expect(interrupted.stderr.trimEnd().split('\n').at(-1)).toBe(
      'hint: Finished chunks are kept; run the same command with --resume.',
    );
    expect(readdirSync(out).sort()).toEqual(['chunks', 'run.json']);
    expect(readdirSync(`${out}/chunks`)).toEqual(['00000.safetensors']);

    const again = await cli.run(long(out));
    expect(again.code).toBe(2);
    expect(again.stderr).toContain(
      `memgpu: BAD_OPTION: '${out}' holds an unfinished run of this command (chunks done: 1)`,
    );
    expect(again.stderr).toContain('hint: Give --resume to go on with it, or --force to start anew.');

    expect(await run([...long(out), '--resume'])).toContain('Resumed: 1 chunk was done before.');
    await run([...long(whole), '--quiet']);
    expect(scoresFile(out).equals(scoresFile(whole))).toBe(true);
  });

  test('before the first chunk is done nothing is kept, and the hint says why', async () => {
    const out = newOut();
    const { code, stderr } = await cli.run(long(out), {
      async during(process) {
        while (!existsSync(`${out}/run.json`) && process.running) await pause();
        process.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr).toContain('part of a chunk that was not finished (chunks hold 32 images)');
    expect(existsSync(out)).toBe(false);
  });

  test('a second one ends it at once, with a line', async () => {
    const out = newOut();
    const { code, stderr } = await cli.run(long(out), {
      async during(process) {
        while (!existsSync(`${out}/run.json`) && process.running) await pause();
        process.kill('SIGINT');
        while (!process.stderr.includes('once more to leave at once') && process.running) await pause();
        process.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr.trimEnd().split('\n').at(-1)).toMatch(/^memgpu: ABORTED: left at once|^hint: Nothing is kept/);
  });

  test('features says that nothing was written, and leaves no file', async () => {
    const out = cli.path('interrupted.safetensors');
    const command = ['features', f, CIFAR, '--nodes', '*', '--batch', '1', '--out', out];
    const { code, stderr } = await cli.run(command, {
      async during(process) {
        const started = () => readdirSync(cli.folder).some((name) => name.startsWith('.interrupted'));
        while (!started() && process.running) await pause();
        process.kill('SIGINT');
      },
    });
    expect(code).toBe(130);
    expect(stderr.trimEnd().split('\n').at(-1)).toBe('memgpu: ABORTED: interrupted; nothing was written');
    expect(readdirSync(cli.folder).filter((name) => name.includes('interrupted'))).toEqual([]);
  });

  test('SIGTERM ends it with 143 and keeps its chunks', async () => {
    const out = newOut();
    expect(await interrupt(out, 'SIGTERM')).toMatchObject({ code: 143, signal: null, stdout: '' });
    expect(readdirSync(`${out}/chunks`)).toEqual(['00000.safetensors']);
  });
});

test('the run of another command is refused and left alone, and replaced with --force', async () => {
  const out = newOut();
  await run(['analyze', f, `${CIFAR}@0-3`, ...CHEAP, '--out', out, '--quiet']);
  const before = scoresFile(out);
  const other = ['analyze', f, `${CIFAR}@0-4`, ...CHEAP.slice(0, -1), 'add', '--out', out, '--quiet'];
  for (const more of [[], ['--resume']]) {
    const outcome = await cli.run([...other, ...more]);
    expect(outcome.code).toBe(2);
    expect(outcome.stderr).toContain(`memgpu: BAD_OPTION: '${out}' holds another run: `);
    expect(outcome.stderr).toContain('settings.layers (["pooled"], now ["add"])');
    expect(outcome.stderr).toContain('sets.candidates.n (4, now 5)');
    expect(scoresFile(out).equals(before)).toBe(true);
  }
  writeFileSync(`${out}/notes.txt`, 'mine');
  await run([...other, '--force']);
  expect(scoresOf(out).get('candidates/alignment/f/add')!.shape).toEqual([5]);
  expect(readFileSync(`${out}/notes.txt`, 'utf8')).toBe('mine');
});

test('with f as its own reference every score is exactly 0', async () => {
  const out = newOut();
  await run(['analyze', f, `${CIFAR}@0-7`, '--reference', f, ...VIEWS, ...FEW, '--out', out, '--quiet']);
  const scores = [...scoresOf(out)].filter(([name]) => name.includes('/sslmem/'));
  expect(scores).toHaveLength(LAYERS.length);
  for (const [name, { data }] of scores) expect(Array.from(data), name).toEqual(new Array(8).fill(0));
  for (const { sets } of reportOf(out).layers) expect(sets.candidates.layermem).toBe(0);
});

test('with f and g exchanged every score is negated', async () => {
  const out = newOut();
  await run(['analyze', g, '--reference', f, ...SETS, ...VIEWS, ...FEW, '--out', out, '--quiet']);
  const [there, back] = [scoresOf(plain), scoresOf(out)];
  for (const [name, { data }] of there) {
    if (!name.includes('/sslmem/')) continue;
    expect(
      Array.from(back.get(name)!.data, (value) => 0 - value),
      name,
    ).toEqual(Array.from(data));
  }
  const layermem = (of: string): number[] =>
    reportOf(of).layers.map(({ sets }: { sets: { candidates: { layermem: number } } }) => sets.candidates.layermem);
  expect(layermem(out).map((value) => -value)).toEqual(layermem(plain));
});

test('two sets that are one: nothing is shown, and the shared images are warned of', async () => {
  const out = newOut();
  const twice = ['--candidates', `${CIFAR}@0-7`, '--external', `${CIFAR}@0-7`];
  await run(['analyze', f, ...twice, ...CHEAP, '--out', out, '--quiet']);
  const { layers, warnings } = reportOf(out);
  expect(layers[0].contrasts[0].difference).toBe(0);
  expect(warnings).toContainEqual(expect.objectContaining({ code: 'SAME_IMAGE_TWICE', value: 8 }));
});

test('labels from a file are those of the report', async () => {
  const [out, folder, labels] = [newOut(), cli.path('plain-folder'), cli.path('labels.json')];
  mkdirSync(folder);
  const images = readFileSync(new URL('../golden/decoding/rgb.png', import.meta.url));
  for (const name of ['a', 'b', 'c']) writeFileSync(`${folder}/${name}.png`, images);
  writeFileSync(labels, '["dog", "cat", "dog"]');
  await run(['analyze', f, folder, '--labels', labels, ...CHEAP, '--out', out, '--quiet']);
  const rows = readFileSync(`${out}/images.csv`, 'utf8').trim().split('\r\n').slice(1);
  expect(rows.map((row) => row.split(',').slice(3, 5))).toEqual([
    ['a.png', 'dog'],
    ['b.png', 'cat'],
    ['c.png', 'dog'],
  ]);
});

const pause = () => new Promise((resolve) => setTimeout(resolve, 5));
