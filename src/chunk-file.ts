/** The one format of a finished chunk: a safetensors file, in a folder in Node, in the origin's file system in a browser. */
import type { ChunkLayer, ChunkRecord, ChunkStore } from './analysis/chunk-record.js';
import type { Chunk } from './analysis/chunks.js';
import { bufferSource } from './checkpoints/buffer-source.js';
import type { Checkpoint } from './checkpoints/checkpoint.js';
import { openSafetensors } from './checkpoints/safetensors.js';
import { type TensorData, writeSafetensors } from './checkpoints/safetensors-writer.js';
import { MemgpuError } from './errors.js';
import type { AdapterFacts } from './gpu/gpu.js';
import { crc32 } from './images/crc32.js';
import { sha256 } from './sha256.js';

const SCHEMA = 'memgpu-chunk/1';
const MEANS = 'f/mu/';

/** Where the bytes of records lie, by the chunk's number. */
export interface ChunkFiles {
  read(number: number): Promise<Uint8Array | null>;
  write(number: number, bytes: Uint8Array): Promise<void>;
  /** Fills `into` with a part of a record that is there, where the host can read without waiting. */
  readPart?(number: number, offset: number, into: Uint8Array): void;
}

/**
 * Keeps the chunks of one run on one adapter.
 * @param key of the run: whatever else determines its numbers
 * @param adapter whose chunks are read; a merge reads those of any
 */
export function chunkStore(files: ChunkFiles, key: string, adapter: AdapterFacts | 'any adapter'): ChunkStore {
  /** Of chunks that were read or written: where their unit means of f begin and the sum of these bytes, by node. */
  const places = new Map<number, ReadonlyMap<string, { readonly begin: number; readonly sum: number }>>();
  const note = async (number: number, bytes: Uint8Array) => {
    const { tensors } = await openSafetensors(bufferSource(bytes));
    const means = [...tensors.values()].filter(({ name }) => name.startsWith(MEANS));
    places.set(
      number,
      new Map(
        means.map(({ name, begin, end }) => [
          name.slice(MEANS.length),
          { begin, sum: crc32(bytes.subarray(begin, end)) },
        ]),
      ),
    );
  };
  return {
    async read(chunk) {
      const bytes = await files.read(chunk.number);
      const record = bytes && (await decodeChunk(bytes, chunk, key, adapter));
      if (bytes && record) await note(chunk.number, bytes);
      return record;
    },
    async write(record) {
      const bytes = encodeChunk(record, key);
      await files.write(record.chunk.number, bytes);
      await note(record.chunk.number, bytes);
    },
    ...(files.readPart && {
      unitMeans({ number }: Chunk, node: string, into: Float32Array) {
        const { begin, sum } = places.get(number)!.get(node)!;
        const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
        files.readPart!(number, begin, bytes);
        if (crc32(bytes) !== sum) throw changed(number);
      },
    }),
  };
}

/**
 * A record as a file. Tensors: `index` [count] U32, `labels` [count] I32 (−1: none), and per encoder and node
 * `f/alignment/NODE` [count] F64 and, where the node has units, `f/mu/NODE` [count, units] F32. Metadata: schema, key,
 * chunk, adapter, nodes, names, pixels (JSON each) and the SHA-256 of the whole file with 64 zeros in its own place.
 */
export function encodeChunk(record: ChunkRecord, key: string): Uint8Array {
  const { chunk, adapter, index, names, pixels, labels, f, g } = record;
  const meansOf = (encoder: string, node: string, data: Float32Array): TensorData => ({
    name: `${encoder}/mu/${node}`,
    dtype: 'F32',
    shape: [chunk.count, data.length / chunk.count],
    data,
  });
  const layers = (encoder: string, of: ReadonlyMap<string, ChunkLayer>): TensorData[] =>
    [...of].flatMap(([node, { alignment, mu }]): TensorData[] => [
      { name: `${encoder}/alignment/${node}`, dtype: 'F64', shape: [chunk.count], data: alignment },
      ...(mu.length > 0 ? [meansOf(encoder, node, mu)] : []),
    ]);
  const tensors: TensorData[] = [
    { name: 'index', dtype: 'U32', shape: [chunk.count], data: Uint32Array.from(index) },
    { name: 'labels', dtype: 'I32', shape: [chunk.count], data: labels },
    ...layers('f', f),
    ...(g ? layers('g', g) : []),
  ];
  const file = writeSafetensors(tensors, {
    schema: SCHEMA,
    key,
    chunk: JSON.stringify(chunk),
    adapter: JSON.stringify(adapter),
    nodes: JSON.stringify([...f.keys()]),
    encoders: g ? 'fg' : 'f',
    names: JSON.stringify(names),
    pixels: JSON.stringify(pixels),
    sha256: NO_SUM,
  });
  file.set(ascii(sha256(file)), placeOfSum(file, NO_SUM));
  return file;
}

/** The record, or null where the file is damaged, or of another run, adapter or chunk. */
export async function decodeChunk(
  bytes: Uint8Array,
  chunk: Chunk | 'any chunk',
  key: string,
  adapter: AdapterFacts | 'any adapter',
): Promise<ChunkRecord | null> {
  let file: Checkpoint;
  try {
    file = await openSafetensors(bufferSource(bytes));
  } catch {
    return null;
  }
  const { metadata } = file;
  const same =
    metadata.get('schema') === SCHEMA &&
    metadata.get('key') === key &&
    (chunk === 'any chunk' || metadata.get('chunk') === JSON.stringify(chunk)) &&
    (adapter === 'any adapter' || metadata.get('adapter') === JSON.stringify(adapter));
  if (!same || !isIntact(bytes, metadata.get('sha256') ?? '')) return null;
  // From here on the file is as `encodeChunk` made it.
  const json = <T>(name: string): T => JSON.parse(metadata.get(name)!);
  const array = async (name: string) => (await file.readBytes(name)).slice().buffer;
  const nodes = json<string[]>('nodes');
  const layersOf = async (encoder: string) => {
    const layers = new Map<string, ChunkLayer>();
    for (const node of nodes) {
      const means = `${encoder}/mu/${node}`;
      layers.set(node, {
        alignment: new Float64Array(await array(`${encoder}/alignment/${node}`)),
        mu: file.tensors.has(means) ? new Float32Array(await array(means)) : new Float32Array(0),
      });
    }
    return layers;
  };
  return {
    chunk: json('chunk'),
    adapter: json('adapter'),
    index: Array.from(new Uint32Array(await array('index'))),
    names: json('names'),
    pixels: json('pixels'),
    labels: new Int32Array(await array('labels')),
    f: await layersOf('f'),
    g: metadata.get('encoders') === 'fg' ? await layersOf('g') : null,
  };
}

function changed(number: number): MemgpuError {
  return new MemgpuError('IO', `chunk ${number} changed after it was finished`, {
    hint: 'Run the same again (the command: with --resume): chunks that are intact stay.',
  });
}

const NO_SUM = '0'.repeat(64);

function isIntact(bytes: Uint8Array, sum: string): boolean {
  const place = placeOfSum(bytes, sum);
  if (sum.length !== NO_SUM.length || place < 0) return false;
  const zeroed = Uint8Array.from(bytes);
  zeroed.set(ascii(NO_SUM), place);
  return sha256(zeroed) === sum;
}

/** Where the header holds the sum; −1 where it does not. Within JSON's strings quotes are escaped, so nothing else fits. */
function placeOfSum(bytes: Uint8Array, sum: string): number {
  const before = '"sha256":"';
  const wanted = ascii(`${before}${sum}"`);
  const last = bytes.byteLength - wanted.byteLength;
  for (let at = 8; at <= last; at++) {
    if (wanted.every((byte, i) => bytes[at + i] === byte)) return at + before.length;
  }
  return -1;
}

function ascii(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
