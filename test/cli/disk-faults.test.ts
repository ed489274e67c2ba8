import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, statSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { CHUNKS, expectRefused, useFaultedRuns } from './faulted-run.js';
import { useCli } from './run-cli.js';

/** A full disk: exit code 1, as the input is not to blame; what is finished stays, and --resume gives the bits of a whole run. */

const cli = useCli();
const { command, disturbed, expectChunks, expectNoOutputs, expectResumed, whole } = useFaultedRuns(cli);

const full = (path: string) => `IO: '${path}' cannot be written: the disk is full`;

describe('writing fails', () => {
  test('at run.json: nothing is left behind', async () => {
    const out = cli.path('at-first');
    expectRefused(await disturbed(command(out), { kind: 'full', file: 'run.json' }), 1, full(`${out}/run.json`));
    expect(existsSync(out)).toBe(false);
  });

  test('at the first chunk: nothing is left behind', async () => {
    const out = cli.path('first');
    const [file] = CHUNKS;
    expectRefused(await disturbed(command(out), { kind: 'full', file }), 1, full(`${out}/chunks/${file}`));
    expect(existsSync(out)).toBe(false);
  });

  test('at the second chunk: the first stays', async () => {
    const out = cli.path('second');
    const [first, file] = CHUNKS;
    expectRefused(await disturbed(command(out), { kind: 'full', file }), 1, full(`${out}/chunks/${file}`));
    expectChunks(out, [first]);
    expectNoOutputs(out);
    await expectResumed(out);
  });

  test('at an output: none is there, all chunks stay', async () => {
    const [out, file] = [cli.path('output'), 'scores.safetensors'];
    expectRefused(await disturbed(command(out), { kind: 'full', file }), 1, full(`${out}/${file}`));
    expectChunks(out, CHUNKS);
    expectNoOutputs(out);
    await expectResumed(out);
  });
});

/** Only root may mount, and not in every container. */
const disk = cli.path('disk');
const mounted = (() => {
  if (process.platform !== 'linux') return false;
  mkdirSync(disk);
  return spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=4k', 'tmpfs', disk]).status === 0;
})();
afterAll(() => {
  if (mounted) execFileSync('umount', [disk]);
});

test.runIf(mounted)('a real disk that takes the first chunk and not the second', async () => {
  const pages = (path: string) => Math.ceil(statSync(path).size / 4096);
  const room = pages(`${whole}/run.json`) + pages(`${whole}/chunks/${CHUNKS[0]}`) + 1;
  expect(pages(`${whole}/chunks/${CHUNKS[1]}`)).toBeGreaterThan(1);
  const resize = (size: string) => execFileSync('mount', ['-o', `remount,size=${size}`, disk]);
  resize(`${4 * room}k`);
  const out = `${disk}/out`;
  expectRefused(await cli.run(command(out)), 1, full(`${out}/chunks/${CHUNKS[1]}`));
  expectChunks(out, CHUNKS.slice(0, 1));
  expectNoOutputs(out);
  resize('16m');
  await expectResumed(out);
});
