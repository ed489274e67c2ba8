/** Files that a visitor chose or dropped in a page, as encoders and images are read from them. */
import { blobSource } from '../checkpoints/blob-source.js';
import { isSafetensors } from '../checkpoints/is-safetensors.js';
import { openSafetensors } from '../checkpoints/safetensors.js';
import type { ByteSource } from '../checkpoints/source.js';
import { MemgpuError } from '../errors.js';
import { openCifar } from '../images/cifar.js';
import type { IndexedDataset } from '../images/dataset.js';
import type { Decode } from '../images/decode.js';
import { isPicturePath, openFolder } from '../images/folder.js';
import { openTensorImages } from '../images/tensor-images.js';
import { type FileTree, findCheckpointAmong } from './find-checkpoint.js';

/** A file with its path in the folder that was chosen, or its name. */
export interface ChosenFile {
  readonly path: string;
  readonly file: File;
}

/** Of an `<input type=file>`: a folder's files with their paths in it, or single files with their names. */
export function pathsOf(files: Iterable<File>): { readonly folder: string | null; readonly files: ChosenFile[] } {
  const all = [...files];
  const folder = all[0]?.webkitRelativePath?.split('/')[0] || null;
  return {
    folder,
    files: all.map((file) => ({
      path: (folder === null ? '' : file.webkitRelativePath.slice(folder.length + 1)) || file.name,
      file,
    })),
  };
}

/**
 * What opens an encoder of chosen files: the one file, or among several the checkpoint of a folder as Hugging Face's
 * tools write it, with the configs and shards beside it.
 */
export function chosenEncoder(files: readonly ChosenFile[]) {
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  const open = async (path: string): Promise<ByteSource> => {
    const file = byPath.get(path);
    if (file) return blobSource(file, path);
    throw new MemgpuError('IO', `${path} is not among the files that were chosen`, {
      hint: 'Choose the whole folder, or all of its files together.',
    });
  };
  const tree: FileTree = {
    kind: async (path) => (byPath.has(path) ? 'file' : path === ROOT ? 'folder' : null),
    open,
    join: (folder, name) => (folder === ROOT ? name : `${folder}/${name}`),
    split: (path) => {
      const slash = path.lastIndexOf('/');
      return slash < 0 ? [ROOT, path] : [path.slice(0, slash), path.slice(slash + 1)];
    },
  };
  return {
    source: byPath.size === 1 ? [...byPath.keys()][0]! : ROOT,
    openPath: (path: string | URL) => open(String(path)),
    findCheckpoint: (path: string | URL) => findCheckpointAmong(tree, String(path)),
  };
}

const ROOT = 'the folder';

/**
 * A dataset of chosen files: one safetensors file with `images`, one CIFAR binary, or pictures. Of a folder the paths
 * within it count, as in Node: indices, labels and views are the same there.
 *
 * @param name of the folder, where there is one
 * @throws BAD_DATASET, BAD_SAFETENSORS where they are no dataset; IO
 */
export async function chosenImages(
  name: string,
  files: readonly ChosenFile[],
  decode: Decode,
): Promise<IndexedDataset> {
  const [first] = files;
  if (first && files.length === 1 && !isPicturePath(first.file.name)) {
    const source = blobSource(first.file);
    if (await isSafetensors(source)) return openTensorImages(await openSafetensors(source));
    return openCifar(source);
  }
  const entries = files.map(({ path, file }) => ({ path, source: () => blobSource(file) }));
  return openFolder(name, entries, decode);
}
