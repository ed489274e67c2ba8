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
import { quoted } from '../images/names.js';
import { parseSelection, resolveSelection, select } from '../images/selection.js';
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
 *
 * @param name of the folder, for messages
 */
export function chosenEncoder(name: string, files: readonly ChosenFile[]) {
  const root = quoted(name);
  const byPath = new Map(files.map(({ path, file }) => [path, file]));
  const open = async (path: string): Promise<ByteSource> => {
    const file = byPath.get(path);
    if (file) return blobSource(file, path);
    throw new MemgpuError('IO', `${path} is not among the files that were chosen`, {
      hint: 'Choose the whole folder, or all of its files together.',
    });
  };
  const tree: FileTree = {
    kind: async (path) => (byPath.has(path) ? 'file' : path === root ? 'folder' : null),
    open,
    join: (folder, name) => (folder === root ? name : `${folder}/${name}`),
    split: (path) => {
      const slash = path.lastIndexOf('/');
      return slash < 0 ? [root, path] : [path.slice(0, slash), path.slice(slash + 1)];
    },
  };
  return {
    source: byPath.size === 1 ? [...byPath.keys()][0]! : root,
    openPath: (path: string | URL) => open(String(path)),
    findCheckpoint: (path: string | URL) => findCheckpointAmong(tree, String(path)),
  };
}

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

/**
 * Of a dataset the images of these numbers, as after an `@` on the command line.
 * @throws BAD_OPTION for what is no numbers, and for numbers that the dataset lacks or that come twice
 */
export async function imagesNumbered(dataset: IndexedDataset, text: string): Promise<IndexedDataset> {
  const selection = parseSelection(text.replaceAll(/\s|^@/g, ''));
  if (selection?.kind !== 'ranges') {
    throw new MemgpuError('BAD_OPTION', `${quoted(text)} are no numbers of images`, {
      hint: 'Write the numbers as in 0-499 or 0-9,20-29; the first image is 0.',
    });
  }
  const noFile = () => Promise.reject(new Error('ranges lie in no file'));
  return select(dataset, await resolveSelection(selection, dataset, noFile), `${dataset.name}@${selection.text}`);
}
