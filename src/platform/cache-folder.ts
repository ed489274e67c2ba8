/** Where memgpu keeps what it can make again: MEMGPU_CACHE, or a folder of the user's. */
import { chmodSync, lstatSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { MemgpuError } from '../errors.js';
import { makeFolder } from './make-folder.js';
import { replaceFile } from './replace-file.js';

export interface CacheFolder {
  readonly path: string;
  /** Whether other users can write beside it: then `claim` it first. */
  readonly shared: boolean;
}

/** In the order in which they are tried. */
export function cacheFolders(): CacheFolder[] {
  const { MEMGPU_CACHE, XDG_CACHE_HOME } = process.env;
  if (MEMGPU_CACHE) return [{ path: MEMGPU_CACHE, shared: false }];
  const home = { path: join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'memgpu'), shared: false };
  return [home, { path: join(tmpdir(), `memgpu-${process.getuid?.() ?? 'user'}`), shared: true }];
}

/**
 * Writes a file into the first folder that takes it.
 * @param what it is, for the error
 * @returns its path
 * @throws IO saying what failed
 */
export function writeCached(name: string, text: string, what: string): string {
  const failures: string[] = [];
  for (const { path, shared } of cacheFolders()) {
    try {
      if (shared) claim(path);
      else makeFolder(path);
      const file = join(path, name);
      replaceFile(file, text, 0o644);
      return file;
    } catch (error) {
      failures.push(`${path}: ${(error as Error).message}`);
    }
  }
  throw new MemgpuError('IO', `${what} cannot be stored: ${failures.join('; ')}`, {
    hint: 'Name a folder that can be written to in MEMGPU_CACHE.',
  });
}

/**
 * Makes a folder in a place that everyone can write to, and refuses one that somebody else made there.
 * @throws IO where it is another user's
 */
export function claim(path: string): void {
  makeFolder(path, 0o700);
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== process.getuid?.()) {
    throw new MemgpuError('IO', 'it belongs to another user');
  }
  chmodSync(path, 0o700);
}
