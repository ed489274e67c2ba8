import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { MemgpuError } from '../errors.js';
import { quoted } from '../images/names.js';

/**
 * Makes a folder with its parents, one level at a time: Node's own recursion never returns where a parent exists and yet
 * takes no folder (/proc).
 *
 * @param mode of every folder that is made, less the umask
 * @returns the topmost folder that was made, or undefined where all existed
 * @throws IO where a parent takes no folder; what the system says otherwise
 */
export function makeFolder(path: string, mode = 0o777): string | undefined {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) {
    missing.unshift(at);
    if (dirname(at) === at) break;
  }
  for (const folder of missing) makeOne(folder, mode);
  if (missing.length === 0 && !statSync(path).isDirectory()) {
    throw new MemgpuError('IO', `${quoted(path)} is no folder`, { hint: 'Choose another --out.' });
  }
  return missing[0];
}

function makeOne(folder: string, mode: number): void {
  try {
    mkdirSync(folder, { mode });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const madeMeanwhile = code === 'EEXIST' && statSync(folder, { throwIfNoEntry: false })?.isDirectory();
    if (madeMeanwhile) return;
    if (code !== 'ENOENT') throw cause;
    throw new MemgpuError('IO', `${quoted(folder)} cannot be made: ${quoted(dirname(folder))} takes no folders`, {
      hint: 'Choose another --out.',
      cause,
    });
  }
}
