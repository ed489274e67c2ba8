import { type ChosenFile, pathsOf } from '../platform/chosen-files.js';
import type { Chosen } from './engine/contract.js';
import type { PageState, Place } from './state.js';

/** Of an `<input type=file>`. */
export function chosenOf(files: Iterable<File>): Chosen | null {
  const chosen = pathsOf(files);
  if (chosen.files.length === 0) return null;
  return chosen.folder === null ? named(chosen.files) : { name: chosen.folder, files: chosen.files };
}

/**
 * Of a drop, folders read through. The entries must be taken before the first wait: afterwards the drop is empty.
 * @throws what the browser says of a folder that cannot be read
 */
export async function chosenOfDrop(transfer: DataTransfer): Promise<Chosen | null> {
  const entries = [...transfer.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
  if (entries.length === 0) return chosenOf(transfer.files);
  const [first] = entries;
  if (entries.length === 1 && first!.isDirectory) {
    return { name: first!.name, files: await filesOf(first!, '') };
  }
  return named((await Promise.all(entries.map((entry) => filesOf(entry, entry.name)))).flat());
}

function named(files: readonly ChosenFile[]): Chosen {
  return { name: files.length === 1 ? files[0]!.file.name : 'files', files };
}

async function filesOf(entry: FileSystemEntry, path: string): Promise<ChosenFile[]> {
  if (entry.isFile) {
    const file = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    return [{ path: path || entry.name, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives a folder in parts, and none when it is through.
  for (;;) {
    const part = await new Promise<FileSystemEntry[]>((resolve, reject) => reader.readEntries(resolve, reject));
    if (part.length === 0) break;
    inside.push(...part);
  }
  return (
    await Promise.all(inside.map((child) => filesOf(child, path === '' ? child.name : `${path}/${child.name}`)))
  ).flat();
}

const CHECKPOINT = /\.(?:safetensors|pth|pt|ckpt|tar)$|(?:^|\/)pytorch_model\.bin$/i;

/** Where files belong that were dropped beside every field: a checkpoint to f, then g; others to the candidates, then the control. */
export function placeFor({ files }: Chosen, { encoders, sets }: PageState): Place {
  const isEncoder = files.some(({ path }) => CHECKPOINT.test(path));
  if (isEncoder) return encoders.f.is === 'empty' || encoders.g.is !== 'empty' ? 'f' : 'g';
  return sets.candidates.is === 'empty' || sets.external.is !== 'empty' ? 'candidates' : 'external';
}
