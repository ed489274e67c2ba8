import { lstat, readFile, realpath, stat } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import { MemgpuError } from '../errors.js';
import { isPicturePath } from '../images/folder.js';
import { quoted } from '../images/names.js';
import { splitSpec } from '../images/selection.js';
import { findCheckpoint } from '../platform/encoder-files.js';
import { CONFIGS } from '../platform/find-checkpoint.js';
import { attempt, refuseUnlessFile } from '../platform/whole-files.js';

/**
 * Looks, without writing, whether a command may write a file: so that a bad path is refused before anything is read.
 *
 * @param inputs what the command reads: see `encoderFiles`, `datasetFiles`
 * @throws IO where there is no folder for it, or something under the path that is no regular file; BAD_OPTION where it is
 *   one of the inputs, or exists and `force` is not given
 */
export async function checkOutputFile(path: string, force: boolean, inputs: readonly string[]): Promise<void> {
  await attempt(path, async () => {
    const folder = await stat(dirname(path));
    if (!folder.isDirectory()) throw Object.assign(new Error('no folder'), { code: 'ENOTDIR' });
  });
  await refuseUnlessFile(path);
  const exists = await lstat(path).then(
    () => true,
    () => false,
  );
  if (!exists) return;
  for (const input of inputs) {
    if (await isInput(path, input)) {
      throw new MemgpuError('BAD_OPTION', `${quoted(path)} is one of the inputs`, {
        hint: 'Choose another path; nothing was written.',
      });
    }
  }
  if (!force) throw new MemgpuError('BAD_OPTION', `${quoted(path)} exists`, { hint: 'Give --force to replace it.' });
}

/** A file is an input under any of its names, and as a picture in a folder that is one. */
async function isInput(path: string, input: string): Promise<boolean> {
  const [own, other] = [await stat(path, { bigint: true }), await statOf(input)];
  if (other === undefined) return false;
  if (!other.isDirectory()) return own.dev === other.dev && own.ino === other.ino;
  const way = relative(await realpath(input), await realpath(path)).split(sep);
  return way[0] !== '..' && isPicturePath(way.join('/'));
}

/** The files of a checkpoint: itself, the shards that an index names, and the configs beside it. */
export async function encoderFiles(input: string): Promise<string[]> {
  try {
    const { path, config } = await findCheckpoint(input);
    const beside = (name: string) => join(dirname(path), name);
    const files = [path, ...(config ? Object.values(CONFIGS).map(beside) : [])];
    if (!path.endsWith('.index.json')) return files;
    const { weight_map } = JSON.parse(await readFile(path, 'utf8')) as { weight_map: Record<string, string> };
    return [...files, ...[...new Set(Object.values(weight_map))].map(beside)];
  } catch {
    // Opening it says what is wrong.
    return [input];
  }
}

/** The file or folder of a dataset, and that of its selection. */
export async function datasetFiles(spec: string): Promise<string[]> {
  const { source, selection } = await splitSpec(spec, async (path) => (await statOf(path)) !== undefined);
  return selection && 'file' in selection ? [source, selection.file] : [source];
}

async function statOf(path: string) {
  return stat(path, { bigint: true }).catch(() => undefined);
}
