import { spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodeChunkFiles } from '../../src/platform/node-chunk-files.js';
import { checkRunFolder, openRunFolder } from '../../src/platform/run-folder.js';
import { createPending, writeTogether, writeWhole } from '../../src/platform/whole-files.js';
import { type RunFile, sealed } from '../../src/run-identity.js';

let root = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'memgpu-folder-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const at = (path: string) => join(root, path);
const run = (key: string, views = 10): RunFile => ({
  schema: 'memgpu-run/1',
  key,
  created: '2026-01-01T00:00:00.000Z',
  identity: { settings: { views } },
  adapter: { name: 'A', driver: '1' },
  inputs: { f: 'f.safetensors' },
});
const OUTPUTS = { 'report.json': '{}', 'layers.csv': 'a,b' };
const chunk = (path: string) => nodeChunkFiles(join(path, 'chunks')).write(0, Uint8Array.of(1));

describe('a run folder', () => {
  test('is made with its parents, and holds run.json from the start', async () => {
    const folder = await openRunFolder(at('a/b/out'), run('k'), 'new');
    expect(readdirSync(folder.path)).toEqual(['run.json']);
    expect(JSON.parse(readFileSync(at('a/b/out/run.json'), 'utf8'))).toEqual(sealed(run('k')));
    await folder.finish(OUTPUTS);
    expect(readdirSync(folder.path).sort()).toEqual(['layers.csv', 'report.json', 'run.json']);
  });

  test('of a finished run of the same key starts anew: old chunks and outputs are gone', async () => {
    const first = await openRunFolder(at('out'), run('k'), 'new');
    await chunk(first.path);
    await first.finish(OUTPUTS);
    await openRunFolder(at('out'), run('k'), 'new');
    expect(readdirSync(at('out'))).toEqual(['run.json']);
  });

  test('of an unfinished run asks; resume keeps its chunks, force removes them', async () => {
    await chunk((await openRunFolder(at('out'), run('k'), 'new')).path);
    await expect(openRunFolder(at('out'), run('k'), 'new')).rejects.toMatchObject({
      code: 'BAD_OPTION',
      hint: 'Give --resume to go on with it, or --force to start anew.',
    });
    await openRunFolder(at('out'), run('k'), 'resume');
    expect(readdirSync(at('out/chunks'))).toEqual(['00000.safetensors']);
    await openRunFolder(at('out'), run('k'), 'force');
    expect(existsSync(at('out/chunks'))).toBe(false);
  });

  test('of an unfinished run without a chunk is simply gone on with', async () => {
    await openRunFolder(at('out'), run('k'), 'new');
    const later = { ...run('k'), created: '2027-01-01T00:00:00.000Z' };
    const folder = await openRunFolder(at('out'), later, 'new');
    expect(JSON.parse(readFileSync(at('out/run.json'), 'utf8'))).toEqual(sealed(run('k')));
    await folder.finish(OUTPUTS);
    expect(existsSync(at('out/report.json'))).toBe(true);
  });

  test('of another run is refused with what differs, for resume too', async () => {
    await openRunFolder(at('out'), run('k', 10), 'new');
    for (const start of ['new', 'resume'] as const) {
      await expect(openRunFolder(at('out'), run('other', 4), start)).rejects.toMatchObject({
        code: 'BAD_OPTION',
        message: expect.stringContaining('holds another run: settings.views (10, now 4)'),
      });
    }
  });

  test('is not resumed on another adapter', async () => {
    await openRunFolder(at('out'), run('k'), 'new');
    const elsewhere = { ...run('k'), adapter: { name: 'B', driver: '2' } };
    await expect(openRunFolder(at('out'), elsewhere, 'resume')).rejects.toMatchObject({
      message: expect.stringContaining('was begun on A 1, this is B 2'),
    });
  });

  test('with a run.json that says nothing, was cut or changed is refused whatever is asked', async () => {
    mkdirSync(at('out'));
    const changed = JSON.stringify({ ...sealed(run('k')), created: '2027-01-01T00:00:00.000Z' });
    const unsealed = JSON.stringify(run('k'));
    for (const text of ['', '{', 'null', '[]', '{"schema": "memgpu-run/2", "key": "k"}', unsealed, changed]) {
      writeFileSync(at('out/run.json'), text);
      for (const start of ['new', 'resume', 'force'] as const) {
        await expect(openRunFolder(at('out'), run('k'), start)).rejects.toMatchObject({ code: 'BAD_OPTION' });
      }
      expect(readFileSync(at('out/run.json'), 'utf8')).toBe(text);
    }
  });

  test('that holds other things is refused; hidden files do not count', async () => {
    mkdirSync(at('out'));
    writeFileSync(at('out/.DS_Store'), '');
    await checkRunFolder(at('out'));
    writeFileSync(at('out/thesis.tex'), 'mine');
    await expect(checkRunFolder(at('out'))).rejects.toMatchObject({ code: 'BAD_OPTION' });
    await expect(openRunFolder(at('out'), run('k'), 'force')).rejects.toMatchObject({ code: 'BAD_OPTION' });
  });

  test('under a file, or on a device that takes no folders, is an IO error', async () => {
    writeFileSync(at('file'), '');
    await expect(checkRunFolder(at('file'))).rejects.toMatchObject({ code: 'IO' });
    await expect(checkRunFolder(at('file/out'))).rejects.toMatchObject({ code: 'IO' });
    symlinkSync(at('nowhere'), at('dangling'));
    await expect(openRunFolder(at('dangling'), run('k'), 'new')).rejects.toMatchObject({ code: 'IO' });
  });

  test('of a run that failed without a finished chunk goes away, with the parents made for it', async () => {
    mkdirSync(at('kept'));
    const folder = await openRunFolder(at('kept/new/out'), run('k'), 'new');
    expect(await folder.abandon()).toBe(0);
    expect(readdirSync(at('kept'))).toEqual([]);
  });

  test('of a run that failed keeps finished chunks, and others’ files', async () => {
    const folder = await openRunFolder(at('out'), run('k'), 'new');
    await chunk(folder.path);
    expect(await folder.abandon()).toBe(1);
    expect(readdirSync(at('out')).sort()).toEqual(['chunks', 'run.json']);
    const other = await openRunFolder(at('other'), run('k'), 'new');
    writeFileSync(at('other/notes.txt'), 'mine');
    await other.abandon();
    expect(readdirSync(at('other'))).toEqual(['notes.txt']);
  });
});

describe('a run folder that shards join', () => {
  test('is begun by the first and gone on with by the others, also after the report', async () => {
    const first = await openRunFolder(at('out'), run('k'), 'join');
    expect(first.goesOn).toBe(false);
    await chunk(first.path);
    expect((await openRunFolder(at('out'), run('k'), 'join')).goesOn).toBe(true);
    await first.finish(OUTPUTS);
    await openRunFolder(at('out'), run('k'), 'join');
    expect(readdirSync(at('out')).sort()).toEqual(['chunks', 'layers.csv', 'report.json', 'run.json']);
  });

  test('stays after a failure, for the others', async () => {
    const folder = await openRunFolder(at('out'), run('k'), 'join');
    expect(await folder.abandon()).toBe(0);
    expect(readdirSync(at('out'))).toEqual(['run.json']);
  });

  test('of another run or adapter is refused, with what to do', async () => {
    await openRunFolder(at('out'), run('k'), 'join');
    await expect(openRunFolder(at('out'), run('other', 4), 'join')).rejects.toMatchObject({
      message: expect.stringContaining('holds another run: settings.views (10, now 4)'),
      hint: 'Choose another --out.',
    });
    const elsewhere = { ...run('k'), adapter: { name: 'B', driver: '2' } };
    await expect(openRunFolder(at('out'), elsewhere, 'join')).rejects.toMatchObject({
      hint: 'Give the same --adapter, or another --out for this one: memgpu merge takes several folders.',
    });
  });

  test('is begun once by several at once, and all of them go on', async () => {
    const begun = await Promise.all(Array.from({ length: 8 }, () => openRunFolder(at('out'), run('k'), 'join')));
    expect(begun.filter(({ goesOn }) => !goesOn)).toHaveLength(1);
    expect(readdirSync(at('out'))).toEqual(['run.json']);
  });
});

describe('a run folder that another run took with force', () => {
  const takeOver = async () => {
    const first = await openRunFolder(at('out'), run('k'), 'new');
    await openRunFolder(at('out'), run('other'), 'force');
    return first;
  };

  test('takes no outputs of the first, which is told', async () => {
    const first = await takeOver();
    await expect(first.finish(OUTPUTS)).rejects.toMatchObject({
      code: 'IO',
      message: `'${at('out')}' was taken by another run before this one ended`,
    });
    expect(readdirSync(at('out'))).toEqual(['run.json']);
  });

  test('stays when the first fails', async () => {
    expect(await (await takeOver()).abandon()).toBe(0);
    expect(JSON.parse(readFileSync(at('out/run.json'), 'utf8'))).toMatchObject({ key: 'other' });
  });
});

describe('a run folder of two equal processes', () => {
  const here = hostname()
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .slice(0, 32);
  const chunksTemporary = (pid: number, machine = here) => `.00000.safetensors.${pid}-a1-${machine}.tmp`;
  const temporary = (pid: number, machine = here) => `.report.json.${pid}-a1-${machine}.tmp`;
  /** The test runner's parent lives as long as the test; a child that was waited for does not. */
  const alive = process.ppid;
  const dead = () => spawnSync(process.execPath, ['--version']).pid;

  test('finish leaves the temporaries of live processes and other machines, and removes those of dead ones', async () => {
    const folder = await openRunFolder(at('out'), run('k'), 'new');
    await chunk(folder.path);
    const kept = (name: typeof temporary) => [name(alive), name(dead(), 'elsewhere')].sort();
    for (const name of [temporary(dead()), ...kept(temporary)]) writeFileSync(at(`out/${name}`), 'part');
    const inChunks = kept(chunksTemporary);
    for (const name of [chunksTemporary(dead()), ...inChunks]) writeFileSync(at(`out/chunks/${name}`), 'part');
    await folder.finish(OUTPUTS);
    const hidden = (path: string) => readdirSync(at(path)).filter((name) => name.startsWith('.'));
    expect(hidden('out').sort()).toHaveLength(2);
    expect(hidden('out/chunks').sort()).toEqual(inChunks);
  });

  test('a run.json that the first process took away is there again after finish, the same', async () => {
    const first = await openRunFolder(at('out'), run('k'), 'new');
    const text = readFileSync(at('out/run.json'), 'utf8');
    const joined = await openRunFolder(at('out'), { ...run('k'), created: '2027-01-01T00:00:00.000Z' }, 'new');
    await first.abandon();
    expect(existsSync(at('out'))).toBe(false);
    await joined.finish(OUTPUTS);
    expect(readFileSync(at('out/run.json'), 'utf8')).toBe(text);
    expect(readdirSync(at('out')).sort()).toEqual(['layers.csv', 'report.json', 'run.json']);
  });

  test('chunks finished after run.json was taken away can be resumed', async () => {
    const first = await openRunFolder(at('out'), run('k'), 'new');
    const joined = await openRunFolder(at('out'), run('k'), 'new');
    await first.abandon();
    await chunk(at('out'));
    expect(await joined.abandon()).toBe(1);
    expect((await openRunFolder(at('out'), run('k'), 'resume')).goesOn).toBe(true);
  });

  test('a failure of the first takes nothing away while the other writes or after it finished', async () => {
    for (const name of [temporary(alive), `chunks/${chunksTemporary(1, 'elsewhere')}`, 'report.json']) {
      const first = await openRunFolder(at('out'), run('k'), 'new');
      mkdirSync(at('out/chunks'));
      writeFileSync(at(`out/${name}`), 'part');
      expect(await first.abandon()).toBe(0);
      expect(existsSync(at('out/run.json'))).toBe(true);
      expect(readFileSync(at(`out/${name}`), 'utf8')).toBe('part');
      rmSync(at('out'), { recursive: true });
    }
  });

  test('of several that begin at once one creates run.json, and it is never seen cut', async () => {
    const texts: string[] = [];
    const begun = Array.from({ length: 8 }, () => openRunFolder(at('out'), run('k'.repeat(100_000)), 'new'));
    const ended = Promise.allSettled(begun);
    let going = true;
    ended.then(() => {
      going = false;
    });
    while (going) {
      if (existsSync(at('out/run.json'))) texts.push(readFileSync(at('out/run.json'), 'utf8'));
      await new Promise(setImmediate);
    }
    const whole = `${JSON.stringify(sealed(run('k'.repeat(100_000))), null, 2)}\n`;
    expect(new Set(texts)).toEqual(new Set([whole]));
    const outcomes = await ended;
    const created = outcomes.filter((each) => each.status === 'fulfilled' && !each.value.goesOn);
    expect(created).toHaveLength(1);
    for (const each of outcomes) {
      if (each.status === 'rejected') expect(each.reason).toMatchObject({ code: 'BAD_OPTION' });
    }
    expect(readdirSync(at('out'))).toEqual(['run.json']);
  });
});

describe('files written whole', () => {
  test('nothing stands under the name before the commit, and nothing is left without one', async () => {
    {
      await using file = await createPending(at('a.bin'));
      await file.write(Uint8Array.of(3, 4), 2);
      await file.write(Uint8Array.of(1, 2), 0);
      expect(existsSync(at('a.bin'))).toBe(false);
      await file.commit();
      expect([...readFileSync(at('a.bin'))]).toEqual([1, 2, 3, 4]);
    }
    {
      await using file = await createPending(at('b.bin'));
      await file.write(Uint8Array.of(1), 0);
    }
    expect(readdirSync(root)).toEqual(['a.bin']);
  });

  test('a new file is one that was written under another name, and takes no other’s place', async () => {
    {
      await using file = await createPending(at('a.txt'));
      await file.write(Uint8Array.of(65), 0);
      const written = statSync(at(readdirSync(root)[0]!)).ino;
      expect(await file.commitNew()).toBe(true);
      expect(statSync(at('a.txt')).ino).toBe(written);
    }
    {
      await using file = await createPending(at('a.txt'));
      await file.write(Uint8Array.of(66), 0);
      expect(await file.commitNew()).toBe(false);
    }
    expect(readFileSync(at('a.txt'), 'utf8')).toBe('A');
    expect(readdirSync(root)).toEqual(['a.txt']);
  });

  test('where one of several cannot be written, none is there', async () => {
    await expect(
      writeTogether(root, [
        ['a.txt', 'a'],
        ['no/such/folder.txt', 'b'],
      ]),
    ).rejects.toMatchObject({ code: 'IO' });
    expect(readdirSync(root)).toEqual([]);
  });

  test('a link is not replaced, and its target not written', async () => {
    writeFileSync(at('target'), 'mine');
    symlinkSync(at('target'), at('link'));
    await expect(writeWhole(at('link'), 'a')).rejects.toMatchObject({
      code: 'IO',
      message: `'${at('link')}' is a symbolic link, which is not replaced`,
    });
    expect(readFileSync(at('target'), 'utf8')).toBe('mine');
    expect(readdirSync(root).sort()).toEqual(['link', 'target']);
  });

  test('a file takes the place of the one before', async () => {
    await writeWhole(at('x/a.txt'), 'before, and longer');
    await writeWhole(at('x/a.txt'), 'after');
    expect(readFileSync(at('x/a.txt'), 'utf8')).toBe('after');
    expect(readdirSync(at('x'))).toEqual(['a.txt']);
  });
});
