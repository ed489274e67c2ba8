import { readPickle } from './pickle.js';
import { PickleCut, PickleFault } from './pickle-bytes.js';
import { PICKLE_MAX, type PytorchContainer } from './pytorch-container.js';
import { asBadPytorch, badPytorch, CUT_OFF, SAVE_STATE_DICT } from './pytorch-fault.js';
import { quote } from './quote.js';
import { type ByteSource, readExactly } from './source.js';
import { TorchObjects } from './torch-objects.js';

const MAGIC = 0x1950a86a20f9469cfc6cn;
const PROTOCOL = 1001;
/** Read at first; four times as much while the pickles turn out longer. */
const FIRST_READ = 1 << 16;
/** Each storage's number of elements, before its bytes. */
const COUNT_BYTES = 8;

/**
 * Reads the pickles of a file that PyTorch 0.1.10 to 1.5 saved: magic number, protocol, facts about the machine, what was
 * saved, and the keys of the storages, which follow in this order.
 *
 * @throws BAD_PYTORCH, IO
 */
export async function openPytorchLegacy(source: ByteSource): Promise<PytorchContainer> {
  const { root, keys, objects, end } = await readPickles(source);
  const places = new Map<string, number>();
  let at = end;
  for (const key of keys) {
    const stored = typeof key === 'string' ? objects.stored.get(key) : undefined;
    if (stored === undefined || places.has(stored.key)) {
      throw badPytorch(source.name, 'its list of storages is broken');
    }
    places.set(stored.key, at + COUNT_BYTES);
    at += COUNT_BYTES + stored.bytes;
    if (!(at <= source.size)) {
      throw badPytorch(source.name, `the storage ${quote(stored.key)} ends beyond the file`, CUT_OFF);
    }
  }
  const placeOf = (key: string): number => {
    const place = places.get(key);
    if (place === undefined) throw badPytorch(source.name, `the storage ${quote(key)} is missing`);
    return place;
  };
  return {
    root,
    check: ({ key }) => void placeOf(key),
    async read({ key, elements }, begin, length) {
      const place = placeOf(key);
      const count = await readExactly(source, place - COUNT_BYTES, COUNT_BYTES);
      const found = new DataView(count.buffer, count.byteOffset).getBigInt64(0, true);
      if (found !== BigInt(elements)) {
        throw badPytorch(
          source.name,
          `the storage ${quote(key)} has ${found} elements, and its tensors need ${elements}`,
        );
      }
      return readExactly(source, place + begin, length);
    },
  };
}

interface Pickles {
  readonly root: unknown;
  readonly keys: readonly unknown[];
  readonly objects: TorchObjects;
  /** Of the last pickle. */
  readonly end: number;
}

/** Where the pickles end shows only when they are read. */
async function readPickles(source: ByteSource): Promise<Pickles> {
  const limit = Math.min(source.size, PICKLE_MAX);
  for (let length = Math.min(limit, FIRST_READ); ; length = Math.min(limit, 4 * length)) {
    const bytes = await readExactly(source, 0, length);
    try {
      return parse(bytes);
    } catch (error) {
      if (!(error instanceof PickleCut)) throw asBadPytorch(source.name, error);
      if (length < limit) continue;
      if (limit < source.size)
        throw badPytorch(source.name, `its pickle is above the limit of ${PICKLE_MAX} bytes`, SAVE_STATE_DICT);
      throw badPytorch(source.name, 'it ends in the middle of its pickle', CUT_OFF);
    }
  }
}

function parse(bytes: Uint8Array): Pickles {
  const objects = new TorchObjects();
  let end = 0;
  const next = (): unknown => {
    const pickle = readPickle(bytes, end, objects);
    end = pickle.end;
    return pickle.value;
  };
  if (next() !== MAGIC) throw new PickleFault('it does not begin with the magic number of PyTorch', 0);
  if (next() !== PROTOCOL) throw new PickleFault(`its protocol is not ${PROTOCOL}`, end);
  const machine = next();
  if (machine instanceof Map && machine.get('little_endian') === false) {
    throw new PickleFault('it was saved on a big-endian machine', end);
  }
  const root = next();
  const keys = next();
  if (!Array.isArray(keys)) throw new PickleFault('it has no list of storages', end);
  return { root, keys, objects, end };
}
