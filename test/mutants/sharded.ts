import { bufferSource } from '../../src/checkpoints/buffer-source.js';
import { writeSafetensors } from '../../src/checkpoints/safetensors-writer.js';
import { openSharded } from '../../src/checkpoints/sharded.js';
import { MemgpuError } from '../../src/errors.js';
import { changed } from './change.js';
import { type Format, mustHold, pick, type Random } from './format.js';
import { changedSafetensors } from './safetensors.js';

const ONE = 'model-00001-of-00002.safetensors';
const TWO = 'model-00002-of-00002.safetensors';
const shard = (name: string) =>
  writeSafetensors([{ name, dtype: 'F32', shape: [2, 2], data: Float32Array.of(1, 2, 3, 4) }]);
const SHARDS = new Map([
  [ONE, shard('a')],
  [TWO, shard('b')],
]);
const INDEX = `{"metadata":{"total_size":32},"weight_map":{"a":"${ONE}","b":"${TWO}"}}`;

/** File names that lead elsewhere, or could. */
const ELSEWHERE = [
  ...['../x.safetensors', '..\\\\x.safetensors', '/etc/passwd', 'C:x.safetensors', '%2e%2e/x.safetensors'],
  ...['http://host/x.safetensors', 'a/../x.safetensors', '\\u002e\\u002e/x.safetensors', 'x.safetensors\\u0000'],
  ...['..', '.', '', '\\u202e.safetensors', '.x.safetensors', `${'x'.repeat(5000)}.safetensors`],
];
const TOKENS = ['{', '}', '"', ',', ':', '"weight_map"', '"a"', '../', ONE, TWO, '\\u0000'];

function index(next: Random): Uint8Array {
  const encode = (text: string) => new TextEncoder().encode(text);
  switch (next() % 3) {
    case 0:
      return encode(INDEX.replace(pick([ONE, TWO], next), pick(ELSEWHERE, next)));
    case 1:
      return encode(INDEX.replace(pick(['{', '"a"', '}}'], next), (found) => found.repeat(1 + (next() % 3000))));
    default:
      return changed(encode(INDEX), next, TOKENS);
  }
}

/** A damaged index beside its shards, one of them damaged too where the number of the index's bytes is a multiple of four. */
export const sharded: Format = {
  name: 'sharded',
  codes: ['BAD_SAFETENSORS', 'IO'],
  make: index,
  async load(source, file, made) {
    const opened: { closed: boolean }[] = [];
    let checkpoint: Awaited<ReturnType<typeof openSharded>>;
    try {
      checkpoint = await openSharded(source, (name) => {
        mustHold(/^[^/\\:%\0]+\.safetensors$/.test(name) && !name.startsWith('.'), `the file ${name} is opened`);
        const found = SHARDS.get(name);
        if (!found) throw new MemgpuError('IO', `${name.slice(0, 100)} does not exist`);
        const next = () => file.length;
        const held = { ...bufferSource(file.length % 4 === 0 ? changedSafetensors(found, next) : found, name) };
        const state = { closed: false };
        opened.push(state);
        return {
          ...held,
          close: async () => {
            state.closed = true;
          },
        };
      });
    } catch (error) {
      mustHold(
        opened.every(({ closed }) => closed),
        'a shard was left open',
      );
      throw error;
    }
    for (const name of checkpoint.tensors.keys()) made((await checkpoint.readF32(name)).byteLength);
    await checkpoint.close();
    mustHold(
      opened.every(({ closed }) => closed),
      'a shard was left open',
    );
  },
  largest: () => 1024,
};
