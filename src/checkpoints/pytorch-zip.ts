import { readPickle } from './pickle.js';
import { PICKLE_MAX, type PytorchContainer } from './pytorch-container.js';
import { asBadPytorch, badPytorch, SAVE_STATE_DICT } from './pytorch-fault.js';
import { quote } from './quote.js';
import { type ByteSource, readExactly } from './source.js';
import { type StoredBytes, TorchObjects } from './torch-objects.js';
import { readZipDirectory, type ZipEntry, zipDataBegin } from './zip-directory.js';

const NOT_PYTORCH = 'If it holds a checkpoint, unpack it and give that file.';

/**
 * Reads the directory and the pickle of a file that PyTorch 1.6 or later saved: a zip archive of `NAME/data.pkl` and
 * `NAME/data/KEY`, the storages, uncompressed.
 *
 * @throws BAD_PYTORCH, IO
 */
export async function openPytorchZip(source: ByteSource): Promise<PytorchContainer> {
  const entries = await readZipDirectory(source);
  const root = rootOf(source.name, entries);
  const order = entries.get(`${root}byteorder`);
  if (order !== undefined && new TextDecoder().decode(await readEntry(source, order, 16)).trim() !== 'little') {
    throw badPytorch(source.name, 'it was saved on a big-endian machine', 'Save it again on a common one.');
  }
  const pickle = await readEntry(source, entries.get(`${root}data.pkl`)!, PICKLE_MAX);
  let value: unknown;
  try {
    ({ value } = readPickle(pickle, 0, new TorchObjects()));
  } catch (error) {
    throw asBadPytorch(source.name, error);
  }
  const entryOf = ({ key, bytes }: StoredBytes): ZipEntry => {
    const entry = entries.get(`${root}data/${key}`);
    if (entry === undefined) throw badPytorch(source.name, `the storage ${quote(key)} is missing`);
    checkPlain(source.name, entry);
    if (entry.size !== bytes) {
      throw badPytorch(source.name, `the storage ${quote(key)} has ${entry.size} bytes, and its tensors need ${bytes}`);
    }
    return entry;
  };
  return {
    root: value,
    check: (stored) => void entryOf(stored),
    async read(stored, begin, length) {
      const data = await zipDataBegin(source, entryOf(stored));
      return readExactly(source, data + begin, length);
    },
  };
}

/** The folder within the archive that holds everything, with its slash. */
function rootOf(file: string, entries: ReadonlyMap<string, ZipEntry>): string {
  const roots = [...entries.keys()].flatMap((name) => /^([^/]*\/)data\.pkl$/.exec(name)?.[1] ?? []);
  const [root] = roots;
  if (root === undefined) throw badPytorch(file, 'it is a zip archive, and PyTorch saved none such', NOT_PYTORCH);
  if (roots.length > 1) throw badPytorch(file, 'it holds several checkpoints', NOT_PYTORCH);
  if (entries.has(`${root}constants.pkl`) || [...entries.keys()].some((name) => name.startsWith(`${root}code/`))) {
    throw badPytorch(
      file,
      'it is a TorchScript program (torch.jit.save), which is not read',
      SAVE_STATE_DICT.replace('model.', 'torch.jit.load(file).'),
    );
  }
  return root;
}

async function readEntry(source: ByteSource, entry: ZipEntry, most: number): Promise<Uint8Array> {
  checkPlain(source.name, entry);
  if (entry.size > most) {
    throw badPytorch(
      source.name,
      `${quote(entry.name)} has ${entry.size} bytes, above the limit of ${most}`,
      SAVE_STATE_DICT,
    );
  }
  return readExactly(source, await zipDataBegin(source, entry), entry.size);
}

function checkPlain(file: string, { name, plain }: ZipEntry): void {
  if (plain) return;
  throw badPytorch(
    file,
    `${quote(name)} is compressed or encrypted, and PyTorch stores it plain`,
    'Unpack the archive and pack it again without compression (zip -0), or save it again with PyTorch.',
  );
}
