import { expect, test } from 'vitest';
import type { ChunkLayer, ChunkRecord } from '../src/analysis/chunk-record.js';
import { chunkStore, decodeChunk, encodeChunk } from '../src/chunk-file.js';
import { nullGpu } from '../src/gpu/null.js';
import { uniform } from './reference/tiny-resnet9.js';

const adapter = nullGpu().facts;
const chunk = { number: 3, set: 'external', first: 64, count: 3 } as const;
const random = uniform(7);

function layers(nodes: readonly (readonly [node: string, units: number])[]): Map<string, ChunkLayer> {
  return new Map(
    nodes.map(([node, units]) => [
      node,
      {
        alignment: Float64Array.from({ length: chunk.count }, random),
        mu: Float32Array.from({ length: chunk.count * units }, random),
      },
    ]),
  );
}

const NODES = [
  ['layer2.relu', 5],
  ['attn.probs', 0],
  ['add', 2],
] as const;

const record: ChunkRecord = {
  chunk,
  adapter,
  index: [4_294_967_295, 0, 7],
  // Quotes, controls, a lone half of a surrogate pair, and what looks like the sum's own place.
  names: ['a "b"\n.png', 'sha256":"\ud800', '"sha256":"0'],
  pixels: ['', 'ab', 'cd'],
  labels: Int32Array.of(-1, 0, 9),
  f: layers(NODES),
  g: layers(NODES),
};

test.each([
  ['f and g', record],
  ['f alone', { ...record, g: null }],
])('a record of %s comes back as it was, bit for bit, layers in order', async (_, written) => {
  const read = await decodeChunk(encodeChunk(written, 'key'), chunk, 'key', adapter);
  expect(read).toEqual(written);
  expect([...read!.f.keys()]).toEqual(NODES.map(([node]) => node));
});

test('a record of another run, adapter, version of the chunk or place is as good as none', async () => {
  const bytes = encodeChunk(record, 'key');
  expect(await decodeChunk(bytes, chunk, 'other key', adapter)).toBeNull();
  expect(await decodeChunk(bytes, { ...chunk, number: 4 }, 'key', adapter)).toBeNull();
  expect(await decodeChunk(bytes, { ...chunk, first: 96 }, 'key', adapter)).toBeNull();
  expect(await decodeChunk(bytes, chunk, 'key', { ...adapter, driver: 'newer' })).toBeNull();
});

test('a file with any one bit changed, or cut anywhere, is as good as none', async () => {
  const bytes = encodeChunk(record, 'key');
  for (let at = 0; at < bytes.length; at++) {
    const damaged = bytes.slice();
    damaged[at]! ^= 1 << (at % 8);
    expect(await decodeChunk(damaged, chunk, 'key', adapter), `byte ${at}`).toBeNull();
  }
  for (let length = 0; length < bytes.length; length += 97) {
    expect(await decodeChunk(bytes.slice(0, length), chunk, 'key', adapter), `${length} bytes`).toBeNull();
  }
});

test('a store reads what it wrote under the number of the chunk', async () => {
  const files = new Map<number, Uint8Array>();
  const store = chunkStore(
    {
      read: async (number) => files.get(number) ?? null,
      write: async (number, bytes) => void files.set(number, bytes),
    },
    'key',
    adapter,
  );
  expect(await store.read(chunk)).toBeNull();
  await store.write(record);
  expect([...files.keys()]).toEqual([3]);
  expect(await store.read(chunk)).toEqual(record);
});

test('unit means that are read again are those that were written, or an error that names the chunk', async () => {
  let stored = new Uint8Array();
  const store = chunkStore(
    {
      read: async () => stored,
      write: async (_, bytes) => {
        stored = bytes.slice();
      },
      readPart: (_, offset, into) => into.set(stored.subarray(offset, offset + into.length)),
    },
    'key',
    adapter,
  );
  await store.write(record);
  const wanted = record.f.get('layer2.relu')!.mu;
  const means = new Float32Array(wanted.length);
  const read = () => store.unitMeans!(chunk, 'layer2.relu', means);
  read();
  expect(means).toEqual(wanted);
  const begin = Buffer.from(stored).indexOf(new Uint8Array(wanted.buffer));
  for (let at = begin; at < begin + wanted.byteLength; at++) {
    stored[at]! ^= 1 << (at % 8);
    expect(read, `byte ${at}`).toThrow('chunk 3 changed after it was finished');
    stored[at]! ^= 1 << (at % 8);
  }
  read();
});
