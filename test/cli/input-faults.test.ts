import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { beforeAll, describe, expect, test } from 'vitest';
import { writeSafetensors } from '../reference/safetensors.js';
import { tinyResNet9 } from '../reference/tiny-resnet9.js';
import { CHUNKS, expectRefused, expectSame, useFaultedRuns, whileHeld } from './faulted-run.js';
import { CIFAR, copyPicture } from './inputs.js';
import { useCli } from './run-cli.js';

/** Images and checkpoints that go away or change in the middle: refused by name, and what is finished stays. */

const cli = useCli();
const { command, disturbed, expectNoOutputs } = useFaultedRuns(cli);

/** 64 pictures, two chunks of four batches; while the first is written, none of the second's last batch is read yet. */
const photos = cli.path('photos');
const last = `${photos}/63.png`;
const overPhotos = (out: string, ...more: string[]) => command(out, more, [photos]);
/** Of a run over the photos that nothing disturbs. */
const whole = cli.path('photos-undisturbed');
const chunk = (out: string) => readFileSync(`${out}/chunks/${CHUNKS[0]}`);

beforeAll(async () => {
  mkdirSync(photos);
  for (let i = 0; i < 64; i++) copyPicture('palette.png', `${photos}/${String(i).padStart(2, '0')}.png`);
  const { code, stderr } = await cli.run(overPhotos(whole));
  expect(code, stderr).toBe(0);
});

describe('a picture of a folder, in the middle of a run', () => {
  const during = (out: string, change: () => void) =>
    disturbed(overPhotos(out), { ...{ kind: 'hold', file: CHUNKS[0] }, ...whileHeld(cli, change) });

  test.each([
    ['vanishes', () => rmSync(last), `IO: ${last} does not exist`],
    [
      'is replaced by another picture',
      () => copyPicture('gray.jpg', last),
      `IO: '${photos}': '63.png' has changed since the images were first read`,
    ],
    [
      'changes in one byte',
      () => {
        const bytes = readFileSync(last);
        bytes[bytes.length - 1]! ^= 1;
        writeFileSync(last, bytes);
      },
      `IO: '${photos}': '63.png' has changed since the images were first read`,
    ],
  ])('%s: refused by name; put back, --resume ends as an undisturbed run', async (what, change, message) => {
    const out = cli.path(what);
    const refused = await during(out, change);
    copyPicture('palette.png', last);
    expectRefused(refused, 2, message);
    expectNoOutputs(out);
    expect(chunk(out).equals(chunk(whole))).toBe(true);

    const { code, stderr } = await cli.run(overPhotos(out, '--resume'));
    expect(code, stderr).toBe(0);
    expect(stderr).toContain('Resumed: 1 chunk was done before.');
    expectSame(out, whole);
  });

  test('that stays changed makes it another run, which is not resumed', async () => {
    const out = cli.path('stays');
    cpSync(whole, out, { recursive: true });
    copyPicture('gray.jpg', last);
    const refused = await cli.run(overPhotos(out, '--resume'));
    copyPicture('palette.png', last);
    expectRefused(refused, 2, `BAD_OPTION: '${out}' holds another run: sets.candidates.sha256 (`);
    expectSame(out, whole);
  });
});

test('a record of a CIFAR file that is overwritten in the middle of a run is refused by its number', async () => {
  const [file, out] = [cli.path('cifar.bin'), cli.path('records')];
  const bytes = Buffer.concat(new Array(3).fill(readFileSync(CIFAR)));
  writeFileSync(file, bytes);
  // 64 records are read at a time: the last ones when those before them are done with.
  const images = `${file}@0-31,64-79,128-143`;
  const refused = await disturbed(command(out, [], [images]), {
    ...{ kind: 'hold', file: CHUNKS[0] },
    ...whileHeld(cli, () => {
      bytes[143 * 3073 + 5]! ^= 1;
      writeFileSync(file, bytes);
    }),
  });
  expectRefused(refused, 2, `IO: '${images}': '${file}#143' has changed since the images were first read`);
  expectNoOutputs(out);
});

test('a file of views that is overwritten in the middle of a run is refused by the image', async () => {
  const [file, out] = [cli.path('views.safetensors'), cli.path('views')];
  const data = Float32Array.from({ length: 64 * 2 * 3 * 32 * 32 }, (_, i) => Math.sin(i));
  const bytes = writeSafetensors(new Map([['views', { shape: [64, 2, 3, 32, 32], data }]]));
  writeFileSync(file, bytes);
  const encoder = command(out)[1]!;
  const few = ['--resamples', '100', '--layers', 'pooled', '--batch', '8', '--out', out];
  const refused = await disturbed(['analyze', encoder, '--views-from', file, ...few], {
    ...{ kind: 'hold', file: CHUNKS[0] },
    ...whileHeld(cli, () => {
      bytes[bytes.length - 1]! ^= 1;
      writeFileSync(file, bytes);
    }),
  });
  expectRefused(refused, 2, `IO: ${file}: the views of image 63 have changed since they were first read`);
  expectNoOutputs(out);
});

describe('a checkpoint', () => {
  const [mine, out] = [cli.path('mine.safetensors'), cli.path('checkpoints')];
  const own = (...more: string[]) => ['analyze', mine, ...overPhotos(out, ...more).slice(4)];

  test('that changes between run and resume is refused by name; put back, the run ends as an undisturbed one', async () => {
    writeFileSync(mine, tinyResNet9(1));
    const stopped = await disturbed(own(), {
      ...{ kind: 'hold', file: CHUNKS[1] },
      ...whileHeld(cli, (process) => process.kill('SIGKILL')),
    });
    expect(stopped.signal).toBe('SIGKILL');
    writeFileSync(mine, tinyResNet9(3));
    for (const start of [[], ['--resume']]) {
      expectRefused(await cli.run(own(...start)), 2, `BAD_OPTION: '${out}' holds another run: encoders.f.sha256 (`);
    }
    expect(readFileSync(`${out}/chunks/${CHUNKS[0]}`).length).toBeGreaterThan(0);

    writeFileSync(mine, tinyResNet9(1));
    expect((await cli.run(own('--resume'))).code).toBe(0);
    const undisturbed = cli.path('checkpoints-undisturbed');
    expect((await cli.run([...own(), '--out', undisturbed])).code).toBe(0);
    expectSame(out, undisturbed);
  });
});
