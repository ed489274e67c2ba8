import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeEach, describe, expect, test } from 'vitest';
import { checkOutputFile, datasetFiles, encoderFiles } from '../../src/cli/output-file.js';
import { CIFAR } from './inputs.js';
import { useCli } from './run-cli.js';

const cli = useCli();
let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memgpu-out-'));
  return () => rmSync(root, { recursive: true, force: true });
});
const at = (name: string) => join(root, name);
const check = (path: string, inputs: readonly string[] = [], force = true) => checkOutputFile(path, force, inputs);

describe('an output file', () => {
  test('may be new, and replaces a file only with force', async () => {
    await check(at('new'), [], false);
    writeFileSync(at('old'), '');
    await expect(check(at('old'), [], false)).rejects.toMatchObject({
      code: 'BAD_OPTION',
      message: expect.stringMatching(/exists/),
    });
    await check(at('old'), [at('missing')]);
  });

  test('is no input under any name, with force neither', async () => {
    mkdirSync(at('photos/sub'), { recursive: true });
    for (const name of ['f', 'photos/sub/a.png', 'photos/notes.txt']) writeFileSync(at(name), '');
    linkSync(at('f'), at('same'));
    symlinkSync(at('photos'), at('album'));
    const refusal = { code: 'BAD_OPTION', message: expect.stringContaining('is one of the inputs') };
    for (const force of [true, false]) {
      await expect(check(at('f'), [at('f')], force)).rejects.toMatchObject(refusal);
      await expect(check(at('same'), [at('f')], force)).rejects.toMatchObject(refusal);
      await expect(check(at('photos/sub/a.png'), [at('album')], force)).rejects.toMatchObject(refusal);
    }
    await check(at('photos/notes.txt'), [at('photos')]);
  });

  test('is no link, folder or pipe', async () => {
    writeFileSync(at('file'), '');
    symlinkSync(at('file'), at('link'));
    symlinkSync(at('nothing'), at('dangling'));
    execFileSync('mkfifo', [at('pipe')]);
    for (const name of ['link', 'dangling']) {
      await expect(check(at(name))).rejects.toMatchObject({
        code: 'IO',
        message: expect.stringMatching(/is a symbolic link/),
      });
    }
    await expect(check(at('pipe'))).rejects.toMatchObject({
      code: 'IO',
      message: expect.stringMatching(/is a device, a pipe or a socket/),
    });
    await expect(check(root)).rejects.toMatchObject({ code: 'IO', message: expect.stringMatching(/is a folder/) });
  });
});

test('the files of inputs: shards of an index, the file of a selection', async () => {
  writeFileSync(
    at('m.index.json'),
    '{"weight_map": {"a": "1.safetensors", "b": "2.safetensors", "c": "1.safetensors"}}',
  );
  expect(await encoderFiles(at('m.index.json'))).toEqual([
    at('m.index.json'),
    at('1.safetensors'),
    at('2.safetensors'),
  ]);
  expect(await encoderFiles(at('missing.index.json'))).toEqual([at('missing.index.json')]);
  writeFileSync(at('d@1'), '');
  expect(await datasetFiles(at('d@1'))).toEqual([at('d@1')]);
  expect(await datasetFiles(`${at('d@1')}@list.txt`)).toEqual([at('d@1'), 'list.txt']);
});

describe('the commands that write one file', () => {
  const data = () => at('train.bin');
  beforeEach(() => copyFileSync(CIFAR, data()));
  const features = (out: string) => ['features', 'f', data(), '--nodes', 'pooled', '--force', '--out', out];
  const split = (out: string) => ['split', data(), '--force', '--out', out];

  test.each([
    ['features', features],
    ['split', split],
  ])('%s leaves its input alone, and asks for a folder that exists', async (_, command) => {
    const refused = await cli.run(command(data()));
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain(`memgpu: BAD_OPTION: '${data()}' is one of the inputs`);
    expect(readFileSync(data()).equals(readFileSync(CIFAR))).toBe(true);
    const nowhere = await cli.run(command(at('no/folder')));
    expect(nowhere).toMatchObject({ code: 2, stdout: '' });
    expect(nowhere.stderr).toContain(`memgpu: IO: '${at('no/folder')}' cannot be written: the folder does not exist`);
  });
});
