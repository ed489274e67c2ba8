import { MemgpuError } from '../errors.js';
import { datasetOf, type IndexedDataset } from './dataset.js';
import type { Decode } from './decode.js';
import { compareBytes, quoted } from './names.js';
import { badImage, MAX_FILE_BYTES } from './picture-header.js';
import type { ByteSource } from './source.js';

/** A file in a folder. */
export interface FolderEntry {
  /** Relative to the folder, with `/` between the parts. */
  readonly path: string;
  /** Opens the file. @throws IO */
  source(): ByteSource | Promise<ByteSource>;
}

const PICTURE = /\.(?:jpe?g|png|webp)$/i;

/** Whether a path (with `/`) counts as one of a folder's pictures: its extension is a picture's, no part is hidden. */
export function isPicturePath(path: string): boolean {
  return PICTURE.test(path) && path.split('/').every((part) => part !== '' && !part.startsWith('.'));
}

/**
 * A folder's pictures as a dataset: .jpg, .jpeg, .png and .webp files at any depth, in the order of their relative
 * paths' UTF-8 bytes, hidden ones left out. An image's index is its place in that order (so adding a file changes the
 * indices after it); its label is its first subfolder, numbered in the same order; images beside the subfolders have
 * none. Each file is read and decoded when it is asked for.
 *
 * @param name as the user named the folder
 * @param entries its files, in any order; those that are no pictures are skipped
 * @throws BAD_DATASET where there is no picture, or two have one path; on loading BAD_IMAGE, and IO for a file that
 *   has vanished
 */
export function openFolder(name: string, entries: Iterable<FolderEntry>, decode: Decode): IndexedDataset {
  const files = [...entries].filter(({ path }) => isPicturePath(path)).sort((a, b) => compareBytes(a.path, b.path));
  if (files.length === 0) {
    throw new MemgpuError('BAD_DATASET', `${quoted(name)} has no pictures`, {
      hint: 'Files that end in .jpg, .jpeg, .png or .webp count, in subfolders too; hidden ones and links that leave the folder do not.',
    });
  }
  for (let i = 1; i < files.length; i++) {
    if (files[i]!.path === files[i - 1]!.path) {
      throw new MemgpuError('BAD_DATASET', `${quoted(name)} lists ${quoted(files[i]!.path)} twice`);
    }
  }
  const classOf = (path: string) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : undefined);
  const classes = [...new Set(files.map(({ path }) => classOf(path)).filter((name) => name !== undefined))].sort(
    compareBytes,
  );
  const labels = new Map(classes.map((name, label) => [name, label]));
  return datasetOf({
    name,
    length: files.length,
    classes: classes.length > 0 ? classes : undefined,
    nameOf: (position) => files[position]!.path,
    bytes: (position) => naming(name, files[position]!, readFile),
    labelOf: (position) => labels.get(classOf(files[position]!.path) ?? ''),
    picture: (position, bytes) => naming(name, files[position]!, ({ path }) => decode(bytes, path)),
  });
}

/** Damage is told with the folder and the file, and how to go on. */
async function naming<T>(
  folder: string,
  entry: FolderEntry,
  action: (entry: FolderEntry) => T | Promise<T>,
): Promise<T> {
  try {
    return await action(entry);
  } catch (error) {
    if (!(error instanceof MemgpuError) || error.code !== 'BAD_IMAGE') throw error;
    throw new MemgpuError('BAD_IMAGE', `${quoted(folder)}: ${error.message}`, {
      hint: [error.hint, 'Remove the file from the folder, or select the others.'].filter(Boolean).join(' '),
      cause: error,
    });
  }
}

async function readFile(entry: FolderEntry): Promise<Uint8Array> {
  const source = await entry.source();
  try {
    if (source.size > MAX_FILE_BYTES) throw badImage(entry.path, `has ${source.size} bytes, too many for one picture`);
    return await source.read(0, source.size);
  } finally {
    await source.close?.();
  }
}
