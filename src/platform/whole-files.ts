/** Files that are there whole or not at all: written under another name beside their own, then renamed. */
import { rmSync } from 'node:fs';
import { constants, copyFile, type FileHandle, link, lstat, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';
import { makeFolder } from './make-folder.js';

/** A file that is being written. Nothing stands under its name before `commit`. */
export interface PendingFile extends AsyncDisposable {
  /** @throws IO */
  write(bytes: Uint8Array, offset: number): Promise<void>;
  /** Puts the file in place of what was there. @throws IO */
  commit(): Promise<void>;
  /** Puts the file there unless one is there already. @returns whether it did @throws IO */
  commitNew(): Promise<boolean>;
}

/** @throws IO where the folder cannot be written to, or the path is taken by something that is no regular file */
export async function createPending(path: string): Promise<PendingFile> {
  await refuseUnlessFile(path);
  const temporary = join(dirname(path), temporaryName(basename(path)));
  let handle: FileHandle | undefined = await attempt(path, () => openNew(temporary));
  noteTemporary(temporary);
  const finishWriting = async () => {
    await handle?.sync();
    await handle?.close();
    handle = undefined;
  };
  return {
    write: (bytes, offset) =>
      attempt(path, async () => {
        for (let done = 0; done < bytes.byteLength; ) {
          const { bytesWritten } = await handle!.write(bytes, done, bytes.byteLength - done, offset + done);
          done += bytesWritten;
        }
      }),
    commit: () =>
      attempt(path, async () => {
        await finishWriting();
        await rename(temporary, path);
        temporaries.delete(temporary);
      }),
    commitNew: () =>
      attempt(path, async () => {
        await finishWriting();
        return linkNew(temporary, path);
      }),
    async [Symbol.asyncDispose]() {
      await handle?.close().catch(() => {});
      if (temporaries.delete(temporary)) await rm(temporary, { force: true });
    },
  };
}

/** Some file systems that take no new files say that there is no such folder; where there is, that would mislead. */
async function openNew(temporary: string): Promise<FileHandle> {
  try {
    return await open(temporary, 'wx');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    await stat(dirname(temporary));
    throw Object.assign(new Error('no new files', { cause: error }), { code: 'NO_NEW_FILES' });
  }
}

/** @returns false where something is under the name already */
async function linkNew(from: string, to: string): Promise<boolean> {
  const taken = (error: NodeJS.ErrnoException): false => {
    if (error.code === 'EEXIST') return false;
    throw error;
  };
  // Not every file system has hard links, and each says so with another code; a copy is exclusive too, though not atomic.
  const copied = () => copyFile(from, to, constants.COPYFILE_EXCL).then(() => true, taken);
  return link(from, to)
    .then(() => true, taken)
    .catch(copied);
}

/**
 * A rename would put a file in the place of a device, a pipe or a link.
 * @throws IO where something stands under the path that is no regular file
 */
export async function refuseUnlessFile(path: string): Promise<void> {
  const found = await attempt(path, () =>
    lstat(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    }),
  );
  if (found === undefined || found.isFile()) return;
  if (found.isSymbolicLink()) {
    throw new MemgpuError('IO', `${quoted(path)} is a symbolic link, which is not replaced`, {
      hint: 'Give the path that it leads to, or another one.',
    });
  }
  const what = found.isDirectory() ? 'is a folder' : 'is a device, a pipe or a socket';
  throw new MemgpuError('IO', `${quoted(path)} ${what}, not a regular file`, { hint: 'Choose another path.' });
}

/** What goes into a file: bytes, text, or bytes part by part, each asked for when the one before it is written. */
export type FileContent = Uint8Array | string | Iterable<Uint8Array>;

/** Writes one file, and makes its folder where there is none. @throws IO */
export async function writeWhole(path: string, data: FileContent): Promise<void> {
  await attempt(path, async () => makeFolder(dirname(path)));
  await writeTogether(dirname(path), [[basename(path), data]]);
}

/**
 * Writes several files of a folder: all of them under other names first, then each is renamed in the order given.
 * Where one cannot be written, none is there.
 * @throws IO
 */
export async function writeTogether(
  folder: string,
  files: readonly (readonly [name: string, data: FileContent])[],
): Promise<void> {
  const pending: PendingFile[] = [];
  try {
    for (const [name, data] of files) {
      const file = await createPending(join(folder, name));
      pending.push(file);
      let offset = 0;
      for (const part of partsOf(data)) {
        await file.write(part, offset);
        offset += part.byteLength;
      }
    }
    for (const file of pending) await file.commit();
  } finally {
    for (const file of pending) await file[Symbol.asyncDispose]();
  }
}

function partsOf(data: FileContent): Iterable<Uint8Array> {
  if (typeof data === 'string') return [new TextEncoder().encode(data)];
  return data instanceof Uint8Array ? [data] : data;
}

const temporaries = new Set<string>();

/** A process that ends in the middle takes its unfinished files with it, unless it is killed. */
function noteTemporary(path: string): void {
  if (temporaries.size === 0 && !process.listeners('exit').includes(removeTemporaries)) {
    process.on('exit', removeTemporaries);
  }
  temporaries.add(path);
}

function removeTemporaries(): void {
  for (const path of temporaries) rmSync(path, { force: true });
}

/** Names under which files are written, with the process that writes and its machine: a folder may be shared by several. */
const TEMPORARY = /^\..+\.(\d+)-[0-9a-z]+-([0-9a-z]+)\.tmp$/;
const MACHINE =
  hostname()
    .toLowerCase()
    .replaceAll(/[^0-9a-z]/g, '')
    .slice(0, 32) || '0';

/** Removes what processes of this machine that were killed while writing left in a folder. */
export async function removeAbandoned(folder: string): Promise<void> {
  for (const { name, writer } of await temporariesIn(folder)) {
    if (!isAlive(writer)) await rm(join(folder, name), { force: true });
  }
}

/** Whether another process is writing a file of the folder. */
export async function othersWrite(folder: string): Promise<boolean> {
  const found = await temporariesIn(folder);
  return found.some(({ writer }) => writer !== process.pid && isAlive(writer));
}

/** Of a process of this machine its id; of another one nothing can be known. */
type Writer = number | 'elsewhere';

async function temporariesIn(folder: string): Promise<{ readonly name: string; readonly writer: Writer }[]> {
  const names = await readdir(folder).catch(() => []);
  return names.flatMap((name) => {
    const [, pid, machine] = TEMPORARY.exec(name) ?? [];
    return pid === undefined ? [] : [{ name, writer: machine === MACHINE ? Number(pid) : 'elsewhere' }];
  });
}

/** A process that may not be signalled is there all the same; one of another machine counts as there. */
function isAlive(writer: Writer): boolean {
  if (writer === 'elsewhere') return true;
  try {
    return process.kill(writer, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function temporaryName(name: string): string {
  return `.${name}.${process.pid}-${Math.random().toString(36).slice(2)}-${MACHINE}.tmp`;
}

/** @throws IO naming the path, with what the system said */
export async function attempt<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (cause) {
    if (cause instanceof MemgpuError) throw cause;
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
    throw new MemgpuError('IO', `${quoted(path)} cannot be written: ${REASONS[code] ?? code}`, {
      hint: HINTS[code] ?? 'Choose another path.',
      cause,
    });
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EROFS: 'the file system is read-only',
  ENOTDIR: 'a part of the path is no folder',
  EEXIST: 'a part of the path is no folder',
  ENOENT: 'the folder does not exist',
  NO_NEW_FILES: 'the folder takes no new files',
  EISDIR: 'it is a folder',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
};

const FULL = 'Make room, then run it again (analyze: with --resume).';
const HINTS: Readonly<Record<string, string>> = { ENOSPC: FULL, EDQUOT: FULL };
