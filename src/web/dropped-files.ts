import { MemgpuError } from '../errors.js';
import { isPicturePath } from '../images/folder.js';
import { quoted } from '../images/names.js';
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
 * Of a drop on one field, folders read through. The entries must be taken before the first wait: afterwards the drop is
 * empty.
 * @throws IO naming what cannot be read
 */
export async function chosenOfDrop(transfer: DataTransfer): Promise<Chosen | null> {
  const entries = entriesOf(transfer);
  if (entries.length === 0) return chosenOf(transfer.files);
  const [first] = entries;
  if (entries.length === 1 && first!.isDirectory) return folderOf(first!);
  return named((await Promise.all(entries.map((entry) => filesOf(entry, entry.name)))).flat());
}

/**
 * Of a drop beside every field: each folder and each file for itself, by name; but pictures are one set, and files that
 * lie beside a config or an index are one encoder.
 * @throws IO naming what cannot be read
 */
export async function groupsOfDrop(transfer: DataTransfer): Promise<Chosen[]> {
  const entries = entriesOf(transfer);
  const folders = await Promise.all(entries.filter(({ isDirectory }) => isDirectory).map(folderOf));
  const loose = entries.filter(({ isFile }) => isFile).map((entry) => filesOf(entry, entry.name));
  const files = entries.length === 0 ? (chosenOf(transfer.files)?.files ?? []) : (await Promise.all(loose)).flat();
  const pictures = files.filter(({ path }) => isPicturePath(path));
  const others = files.filter(({ path }) => !isPicturePath(path));
  const together = others.length > 1 && others.some(({ path }) => BESIDE_WEIGHTS.test(path));
  const groups = [pictures, ...(together ? [others] : others.map((file) => [file]))].filter(({ length }) => length > 0);
  return [...folders, ...groups.map(named)].sort((a, b) => (a.name < b.name ? -1 : 1));
}

function entriesOf(transfer: DataTransfer): FileSystemEntry[] {
  return [...transfer.items].flatMap((item) => {
    const entry = item.kind === 'file' ? item.webkitGetAsEntry() : null;
    return entry ? [entry] : [];
  });
}

async function folderOf(entry: FileSystemEntry): Promise<Chosen> {
  return { name: entry.name, files: await filesOf(entry, '') };
}

function named(files: readonly ChosenFile[]): Chosen {
  return { name: files.length === 1 ? files[0]!.file.name : 'files', files };
}

async function filesOf(entry: FileSystemEntry, path: string): Promise<ChosenFile[]> {
  if (entry.isFile) {
    const file = await asked<File>(entry, (give, refuse) => (entry as FileSystemFileEntry).file(give, refuse));
    return [{ path: path || entry.name, file }];
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const inside: FileSystemEntry[] = [];
  // A reader gives a folder in parts, and none when it is through.
  for (;;) {
    const part = await asked<FileSystemEntry[]>(entry, (give, refuse) => reader.readEntries(give, refuse));
    if (part.length === 0) break;
    inside.push(...part);
  }
  return (
    await Promise.all(inside.map((child) => filesOf(child, path === '' ? child.name : `${path}/${child.name}`)))
  ).flat();
}

function asked<T>(
  { fullPath }: FileSystemEntry,
  ask: (give: (value: T) => void, refuse: (cause: unknown) => void) => void,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const refuse = (cause: unknown) =>
      reject(
        new MemgpuError('IO', `${quoted(fullPath.replace(/^\//, ''))} cannot be read`, {
          hint: 'Check that it is still there and that you may read it, then drop it again.',
          cause,
        }),
      );
    ask(resolve, refuse);
  });
}

const BESIDE_WEIGHTS = /(?:^|\/)(?:config|preprocessor_config|.*\.index)\.json$/;
const CHECKPOINT = /\.(?:safetensors|pth|pt|ckpt|tar)$|(?:^|\/)pytorch_model\.bin$/i;

/**
 * Where files belong that were dropped beside every field: to the place that they are called after; else a checkpoint to
 * f, then g, and others to the candidates, then the control.
 */
export function placeFor({ name, files }: Chosen, { encoders, sets }: PageState): Place {
  const isEncoder = files.some(({ path }) => CHECKPOINT.test(path));
  const [called = ''] = /^[a-z]+/.exec(name.toLowerCase()) ?? [];
  if (Object.hasOwn(isEncoder ? encoders : sets, called)) return called as Place;
  if (isEncoder) return encoders.f.is === 'empty' || encoders.g.is !== 'empty' ? 'f' : 'g';
  return sets.candidates.is === 'empty' || sets.external.is !== 'empty' ? 'candidates' : 'external';
}
