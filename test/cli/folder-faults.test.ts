import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { CHUNKS, expectRefused, expectSame, useFaultedRuns, whileHeld } from './faulted-run.js';
import { CIFAR } from './inputs.js';
import { type Outcome, useCli } from './run-cli.js';

/** An output folder that something else writes to: other runs, and whatever damages finished chunks. */

const cli = useCli();
const { command, disturbed, expectChunks, expectNoOutputs, expectResumed, whole } = useFaultedRuns(cli);

describe('two runs on one folder', () => {
  const other = (out: string, ...more: string[]) => command(out, more, [`${CIFAR}@0-4`]);

  /** While a run is held in the middle of its second chunk another one begins; then the first goes on to its end. */
  async function beside(out: string, second: () => Promise<Outcome>): Promise<[first: Outcome, second: Outcome]> {
    let outcome: Outcome | undefined;
    const first = await disturbed(command(out), {
      ...{ kind: 'hold', file: CHUNKS[1] },
      ...whileHeld(cli, async () => {
        outcome = await second();
      }),
    });
    return [first, outcome!];
  }

  test('the second, another one, is refused with what differs; the first ends as if it were alone', async () => {
    const out = cli.path('another');
    const [first, second] = await beside(out, () => cli.run(other(out)));
    expectRefused(second, 2, `BAD_OPTION: '${out}' holds another run: sets.candidates.n (40, now 5)`);
    expect(first.code, first.stderr).toBe(0);
    expectSame(out, whole);
  });

  test('the second, the same one, is refused as it is not finished; the first ends as if it were alone', async () => {
    const out = cli.path('same');
    const [first, second] = await beside(out, () => cli.run(command(out)));
    expectRefused(second, 2, `BAD_OPTION: '${out}' holds an unfinished run of this command (chunks done: 1)`);
    expect(first.code, first.stderr).toBe(0);
    expectSame(out, whole);
  });

  test('the second, the same one with --resume, takes part: both end as if they were alone', async () => {
    const out = cli.path('resumed');
    const outcomes = await beside(out, () => cli.run(command(out, ['--resume'])));
    for (const { code, stderr } of outcomes) expect(code, stderr).toBe(0);
    expectSame(out, whole);
  });

  test('another one with --force replaces the first, which is refused when it ends and takes nothing away', async () => {
    const out = cli.path('forced');
    const alone = cli.path('forced-alone');
    const [first, second] = await beside(out, () => cli.run(other(out, '--force')));
    expectRefused(first, 2, `IO: `);
    expect(second.code, second.stderr).toBe(0);
    expect((await cli.run(other(alone))).code).toBe(0);
    const [found, wanted] = [out, alone].map((of) => readFileSync(`${of}/scores.safetensors`));
    expect(found!.equals(wanted!)).toBe(true);
    expect(JSON.parse(readFileSync(`${out}/run.json`, 'utf8')).identity.sets.candidates.n).toBe(5);
  });
});

describe('a chunk with one byte flipped', () => {
  /** A run that ended before its outputs, with a byte of its second chunk flipped. */
  function flipped(name: string, at: (bytes: Buffer) => number): string {
    const out = cli.path(name);
    mkdirSync(`${out}/chunks`, { recursive: true });
    copyFileSync(`${whole}/run.json`, `${out}/run.json`);
    cpSync(`${whole}/chunks`, `${out}/chunks`, { recursive: true });
    flip(`${out}/chunks/${CHUNKS[1]}`, at);
    return out;
  }

  test.each([
    ['in the length of its header', () => 1],
    ['in its header', (bytes: Buffer) => bytes.indexOf('"sha256":"') + 12],
    ['in its numbers', (bytes: Buffer) => bytes.length - 1],
  ])(
    '%s: it is measured again, the others are used, and the bits are those of an undisturbed run',
    async (name, at) => {
      const out = flipped(name, at);
      const { code, stderr } = await cli.run(command(out, ['--resume']));
      expect(code, stderr).toBe(0);
      expect(stderr).toContain('Resumed: 2 chunks were done before.');
      expectChunks(out, CHUNKS);
      expectSame(out, whole);
    },
  );

  test('while the run goes on: no score is made of it, and --resume measures it again', async () => {
    const out = cli.path('meanwhile');
    const refused = await disturbed(command(out), {
      ...{ kind: 'hold', file: CHUNKS[2] },
      ...whileHeld(cli, () => flip(`${out}/chunks/${CHUNKS[1]}`, inUnitMeans)),
    });
    expectRefused(refused, 2, 'IO: chunk 1 changed after it was finished');
    expectNoOutputs(out);
    await expectResumed(out);
  });
});

test('a chunk that is gone when scores are made is an IO error that names it, and --resume measures it again', async () => {
  const out = cli.path('gone');
  const file = `${out}/chunks/${CHUNKS[1]}`;
  const refused = await disturbed(command(out), {
    ...{ kind: 'hold', file: CHUNKS[2] },
    ...whileHeld(cli, () => rmSync(file)),
  });
  expectRefused(refused, 2, `IO: '${file}' changed or was removed during the run`);
  expectNoOutputs(out);
  await expectResumed(out);
});

function flip(file: string, at: (bytes: Buffer) => number): void {
  const bytes = readFileSync(file);
  bytes[at(bytes)]! ^= 1;
  writeFileSync(file, bytes);
}

/** Where the unit means of f begin: scores are made of them again, alignments are held. */
function inUnitMeans(bytes: Buffer): number {
  const header = 8 + Number(bytes.readBigUInt64LE());
  const { 'f/mu/pooled': means } = JSON.parse(bytes.toString('utf8', 8, header));
  return header + means.data_offsets[0];
}
