import { readdirSync } from 'node:fs';
import { expect, test } from 'vitest';
import { CHUNKS, expectRefused, said, useFaultedRuns, whileHeld, written } from './faulted-run.js';
import { useCli } from './run-cli.js';

/** A process that is ended in the middle: what is finished stays as it is, and --resume gives the bits of a whole run. */

const cli = useCli();
const { command, disturbed, expectChunks, expectNoOutputs, expectResumed } = useFaultedRuns(cli);

test('kill −9 while a chunk is measured', async () => {
  const out = cli.path('measuring');
  const killed = await cli.run(command(out, ['--batch', '1']), {
    async during(process) {
      await written(process, `${out}/chunks/${CHUNKS[0]}`);
      process.kill('SIGKILL');
    },
  });
  expect(killed).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
  expectNoOutputs(out);
  await expectResumed(out);
});

test('kill −9 while a chunk is written: its name is not taken, and what was written of it goes away on resuming', async () => {
  const out = cli.path('writing');
  const killed = await disturbed(command(out), {
    ...{ kind: 'hold', file: CHUNKS[1] },
    ...whileHeld(cli, (process) => process.kill('SIGKILL')),
  });
  expect(killed).toMatchObject({ code: null, signal: 'SIGKILL', stdout: '' });
  expectNoOutputs(out);
  const found = readdirSync(`${out}/chunks`).sort();
  expect(found).toEqual([expect.stringMatching(/^\.00001\.safetensors\.\d+-\w+-\w+\.tmp$/), CHUNKS[0]]);
  await expectResumed(out);
});

test('kill −9 while the outputs are written: none of them is there', async () => {
  const out = cli.path('ending');
  await disturbed(command(out), {
    ...{ kind: 'hold', file: 'scores.safetensors' },
    ...whileHeld(cli, (process) => process.kill('SIGKILL')),
  });
  expectChunks(out, CHUNKS);
  expect(readdirSync(out).filter((name) => !name.startsWith('.'))).toEqual(['chunks', 'run.json']);
  await expectResumed(out);
});

test('Ctrl-C once: the batch at hand is ended, exit code 130', async () => {
  const out = cli.path('once');
  const ended = await disturbed(command(out), {
    ...{ kind: 'hold', file: CHUNKS[1] },
    ...whileHeld(cli, async (process) => {
      process.kill('SIGINT');
      await said(process, 'once more to leave at once');
    }),
  });
  expectRefused(ended, 130, 'ABORTED: ');
  expectChunks(out, CHUNKS.slice(0, 2));
  expectNoOutputs(out);
  await expectResumed(out);
});

test('Ctrl-C twice: it leaves at once with 130, in the middle of a write, and takes the half-written file with it', async () => {
  const out = cli.path('twice');
  const ended = await disturbed(command(out), {
    ...{ kind: 'hold', file: CHUNKS[1] },
    ...whileHeld(cli, async (process) => {
      process.kill('SIGINT');
      await said(process, 'once more to leave at once');
      process.kill('SIGINT');
      await said(process, 'left at once');
    }),
  });
  expect(ended).toMatchObject({ code: 130, signal: null, stdout: '' });
  expect(ended.stderr).toMatch(/\nmemgpu: ABORTED: left at once, in the middle of a batch\n$/);
  expectChunks(out, CHUNKS.slice(0, 1));
  expectNoOutputs(out);
  await expectResumed(out);
});
