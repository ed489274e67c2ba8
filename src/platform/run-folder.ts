/**
 * The output folder of a run on disk: `run.json` says which run it belongs to, `chunks/` holds what is finished, and the
 * outputs come in the end. No file of anybody else's is touched.
 */
import type { Stats } from 'node:fs';
import { access, constants, readdir, readFile, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { differences, type RunFile, sealed, unsealed } from '../run-identity.js';
import { makeFolder } from './make-folder.js';
import { chunkNumbers, removeChunks } from './node-chunk-files.js';
import {
  attempt,
  createPending,
  type FileContent,
  othersWrite,
  removeAbandoned,
  writeTogether,
} from './whole-files.js';

/**
 * What to do where the folder holds a run: `new` asks, `resume` goes on with it, `force` starts anew, `join` takes part in
 * it beside other processes, and leaves it to them after a failure.
 */
export type RunStart = 'new' | 'resume' | 'force' | 'join';

const RUN_FILE = 'run.json';
/** Folder of the finished chunks within that of a run. */
export const CHUNKS = 'chunks';
/** Written last: a run that has it is finished. */
const LAST_OUTPUT = 'report.json';
/** Every file that a run may leave beside `run.json` and the chunks. */
const OUTPUTS = [LAST_OUTPUT, 'report.html', 'scores.safetensors', 'layers.csv', 'units.csv', 'images.csv'];

export interface RunFolder {
  readonly path: string;
  /** Whether the folder held this run already, so that it is gone on with. */
  readonly goesOn: boolean;
  /** Folder of the finished chunks. */
  readonly chunks: string;
  /** Writes the outputs, all or none, `report.json` last. @throws IO, too where another run has taken the folder */
  finish(outputs: Readonly<Record<string, FileContent>>): Promise<void>;
  /**
   * After a failure: removes what this run made, unless there are finished chunks to go on from or another process has
   * joined it.
   * @returns the number of these
   */
  abandon(): Promise<number>;
}

/**
 * Looks, without writing, whether a run may use the folder: so that a bad one is refused before anything is loaded.
 * @throws IO where it cannot be written to; BAD_OPTION where it holds other things than a run
 */
export async function checkRunFolder(path: string): Promise<void> {
  await checkWritable(path);
  const names = await namesIn(path);
  const foreign = names.filter((name) => !name.startsWith('.'));
  if (foreign.length > 0 && !names.includes(RUN_FILE)) {
    throw new MemgpuError('BAD_OPTION', `${quoted(path)} is not empty and holds no run of memgpu`, {
      hint: 'Choose another --out; nothing in this folder was touched.',
    });
  }
}

/**
 * Takes a folder for a run. A finished run of the same key is replaced (with `resume`, its chunks are used), one without
 * any chunk is joined.
 *
 * @throws IO where it cannot be written to; BAD_OPTION where it holds an unfinished run and `start` is `new`, or a run of
 *   another key (unless `force`), or, for `resume`, chunks of another adapter
 */
export async function openRunFolder(path: string, run: RunFile, start: RunStart): Promise<RunFolder> {
  await checkRunFolder(path);
  const created = await attempt(path, async () => makeFolder(path));
  const found = await readRun(path);
  const goesOn = found !== null && (await decide(path, found, run, start)) === 'go on';
  if (!goesOn) {
    if (found !== null) await clear(path);
    const first = await createRunFile(path, run).catch(async (error) => {
      await removeEmpty(path, created);
      throw error;
    });
    if (!first && start === 'join') return openRunFolder(path, run, start);
    if (!first) {
      throw new MemgpuError('BAD_OPTION', `another run has just begun in ${quoted(path)}`, {
        hint: 'Choose another --out, or give --resume to take part in it.',
      });
    }
  }
  const chunks = join(path, CHUNKS);
  // The process that began a run may abandon it while others go on with it.
  const keepRunFile = async () => {
    const there = (await statOf(join(path, RUN_FILE))) !== undefined;
    if (!there) await createRunFile(path, goesOn ? found : run);
  };
  const isTaken = async () => ((await readRun(path).catch(() => null))?.key ?? run.key) !== run.key;
  return {
    path,
    goesOn,
    chunks,
    async finish(outputs) {
      const names = Object.keys(outputs).sort((a, b) => OUTPUTS.indexOf(b) - OUTPUTS.indexOf(a));
      const unknown = names.find((name) => !OUTPUTS.includes(name));
      if (unknown !== undefined) throw new MemgpuError('BAD_OPTION', `${quoted(unknown)} is no output of a run`);
      await attempt(path, async () => makeFolder(path));
      await removeAbandoned(path);
      await removeAbandoned(chunks);
      await keepRunFile();
      if (await isTaken()) {
        throw new MemgpuError('IO', `${quoted(path)} was taken by another run before this one ended`, {
          hint: 'Choose another --out and run it again; --force replaces runs that are not finished, too.',
        });
      }
      await writeTogether(
        path,
        names.map((name) => [name, outputs[name]!]),
      );
    },
    async abandon() {
      if (await isTaken()) return 0;
      const kept = (await chunkNumbers(chunks)).length;
      if (kept > 0) await keepRunFile();
      const finished = (await statOf(join(path, LAST_OUTPUT))) !== undefined;
      if (
        start === 'join' ||
        goesOn ||
        kept > 0 ||
        finished ||
        (await othersWrite(path)) ||
        (await othersWrite(chunks))
      )
        return kept;
      await clear(path);
      await removeEmpty(path, created);
      return 0;
    },
  };
}

async function decide(path: string, found: RunFile, run: RunFile, start: RunStart): Promise<'go on' | 'anew'> {
  if (start === 'force') return 'anew';
  const finished = (await statOf(join(path, LAST_OUTPUT))) !== undefined;
  if (found.key !== run.key) {
    const other = differences(found.identity, run.identity).join(', ');
    throw new MemgpuError('BAD_OPTION', `${quoted(path)} holds another run${other === '' ? '' : `: ${other}`}`, {
      hint: `Choose another --out${start === 'join' ? '.' : ', or give --force to replace it.'}`,
    });
  }
  const sameAdapter = JSON.stringify(found.adapter) === JSON.stringify(run.adapter);
  if (start === 'new') {
    if (finished) return 'anew';
    const done = (await chunkNumbers(join(path, CHUNKS))).length;
    // Nothing to lose, and perhaps an equal run that has just begun: it is joined.
    if (done === 0) return sameAdapter ? 'go on' : 'anew';
    throw new MemgpuError(
      'BAD_OPTION',
      `${quoted(path)} holds an unfinished run of this command (chunks done: ${done})`,
      {
        hint: 'Give --resume to go on with it, or --force to start anew.',
      },
    );
  }
  if (!sameAdapter) {
    throw new MemgpuError(
      'BAD_OPTION',
      `the run in ${quoted(path)} was begun on ${adapterName(found.adapter)}, this is ${adapterName(run.adapter)}`,
      {
        hint:
          start === 'join'
            ? 'Give the same --adapter, or another --out for this one: memgpu merge takes several folders.'
            : 'Give the same --adapter, or --force to start anew: numbers of different adapters are not mixed.',
      },
    );
  }
  return 'go on';
}

/** The file appears once and whole, whoever else starts a run here. @returns false where another was first */
async function createRunFile(path: string, run: RunFile): Promise<boolean> {
  await using file = await createPending(join(path, RUN_FILE));
  await file.write(new TextEncoder().encode(`${JSON.stringify(sealed(run), null, 2)}\n`), 0);
  return await file.commitNew();
}

/** Null where there is none. @throws BAD_OPTION for one that says nothing, or was cut or changed */
export async function readRun(path: string): Promise<RunFile | null> {
  const text = await readFile(join(path, RUN_FILE), 'utf8').catch(() => null);
  if (text === null) return null;
  const run = unsealed(text);
  if (run) return run;
  throw new MemgpuError(
    'BAD_OPTION',
    `${quoted(join(path, RUN_FILE))} is not of a run that this version knows, or was changed`,
    { hint: 'Choose another folder.' },
  );
}

/** Removes a run: its outputs, chunks and run.json, and nothing else. */
async function clear(path: string): Promise<void> {
  await attempt(path, async () => {
    const chunks = join(path, CHUNKS);
    for (const name of OUTPUTS) await rm(join(path, name), { force: true });
    await removeChunks(chunks);
    await removeAbandoned(chunks);
    await removeAbandoned(path);
    await rmdir(chunks).catch(() => {});
    await rm(join(path, RUN_FILE), { force: true });
  });
}

/** Removes the folder and its parents up to the first that was created, while they are empty. */
async function removeEmpty(path: string, created: string | undefined): Promise<void> {
  if (created === undefined) return;
  const top = resolve(created);
  for (let folder = resolve(path); folder.startsWith(top); folder = dirname(folder)) {
    const removed = await rmdir(folder).then(
      () => true,
      () => false,
    );
    if (!removed) return;
  }
}

/** @throws IO unless the folder, or the nearest one above it that exists, can be written to */
async function checkWritable(path: string): Promise<void> {
  let existing = resolve(path);
  let kind = await statOf(existing);
  while (kind === undefined && dirname(existing) !== existing) {
    existing = dirname(existing);
    kind = await statOf(existing);
  }
  if (kind && !kind.isDirectory()) {
    throw new MemgpuError('IO', `${quoted(path)} cannot be a folder: ${quoted(existing)} is a file`, {
      hint: 'Choose another --out.',
    });
  }
  await attempt(path, () => access(existing, constants.W_OK | constants.X_OK));
}

function adapterName(adapter: unknown): string {
  const { name, driver } = (adapter ?? {}) as Partial<Record<string, unknown>>;
  return typeof name === 'string' ? `${name} ${driver ?? ''}`.trim() : 'another adapter';
}

async function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined);
}
