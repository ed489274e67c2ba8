import { type Checkpoint, type TensorInfo, tensorOf } from './checkpoint.js';
import { quote } from './quote.js';
import { openSafetensors } from './safetensors.js';
import { badSafetensors } from './safetensors-header.js';
import type { ByteSource } from './source.js';
import { JsonFault, StrictJson } from './strict-json.js';

/** An index has about 100 bytes for each tensor. */
const INDEX_MAX = 16_000_000;
const SHARDS_MAX = 10_000;

/**
 * Opens a checkpoint in several files from its `model.safetensors.index.json`, and every shard's header. The shards belong
 * to the checkpoint and are closed with it; the index is read and closed.
 *
 * @param resolve opens the file of this plain name beside the index
 * @throws BAD_SAFETENSORS where the index breaks its format, names a file that is not plain, or disagrees with a shard about
 *   which tensors it has; what opening a shard throws.
 */
export async function openSharded(
  index: ByteSource,
  resolve: (fileName: string) => ByteSource | Promise<ByteSource>,
): Promise<Checkpoint> {
  const shardOf = parseIndex(index.name, await readIndex(index));
  const shards = new Map<string, Checkpoint>();
  try {
    for (const file of new Set(shardOf.values())) {
      const shard = await openSafetensors(await resolve(file));
      shards.set(file, shard);
      for (const name of shard.tensors.keys()) {
        const mapped = shardOf.get(name);
        if (mapped === file) continue;
        const other = mapped === undefined ? 'does not map it' : `maps it to ${mapped}`;
        throw badSafetensors(index.name, `tensor ${quote(name)} is in ${file}, and the index ${other}`);
      }
    }
    for (const [name, file] of shardOf) {
      if (shards.get(file)?.tensors.has(name) !== true) {
        throw badSafetensors(index.name, `tensor ${quote(name)} is mapped to ${file}, which does not have it`);
      }
    }
  } catch (error) {
    await closeAll(shards.values());
    throw error;
  }
  return new ShardedCheckpoint(index, shardOf, shards);
}

class ShardedCheckpoint implements Checkpoint {
  readonly name: string;
  readonly bytes: number;
  /** Of all shards; where two give one key, the first shard's. */
  readonly metadata: ReadonlyMap<string, string>;
  /** In the order of the index. */
  readonly tensors: ReadonlyMap<string, TensorInfo>;
  readonly #shardOf: ReadonlyMap<string, string>;
  readonly #shards: ReadonlyMap<string, Checkpoint>;

  constructor(index: ByteSource, shardOf: ReadonlyMap<string, string>, shards: ReadonlyMap<string, Checkpoint>) {
    this.name = index.name;
    this.#shardOf = shardOf;
    this.#shards = shards;
    const metadata = new Map<string, string>();
    let bytes = index.size;
    for (const shard of shards.values()) {
      bytes += shard.bytes;
      for (const [key, value] of shard.metadata) if (!metadata.has(key)) metadata.set(key, value);
    }
    this.bytes = bytes;
    this.metadata = metadata;
    this.tensors = new Map([...shardOf].map(([name, file]) => [name, tensorOf(shards.get(file)!, name)]));
  }

  async readF32(name: string): Promise<Float32Array> {
    return this.#shard(name).readF32(name);
  }

  async readRows(name: string, first: number, count: number): Promise<Float32Array> {
    return this.#shard(name).readRows(name, first, count);
  }

  async readBytes(name: string, firstRow?: number, count?: number): Promise<Uint8Array> {
    return this.#shard(name).readBytes(name, firstRow, count);
  }

  async close(): Promise<void> {
    await closeAll(this.#shards.values());
  }

  #shard(name: string): Checkpoint {
    tensorOf(this, name);
    return this.#shards.get(this.#shardOf.get(name)!)!;
  }
}

async function closeAll(shards: Iterable<Checkpoint>): Promise<void> {
  for (const shard of shards) await shard.close();
}

async function readIndex(index: ByteSource): Promise<Uint8Array> {
  try {
    if (index.size > INDEX_MAX) {
      throw badSafetensors(index.name, `an index of ${index.size} bytes is above the limit of ${INDEX_MAX}`);
    }
    return await index.read(0, index.size);
  } finally {
    await index.close?.();
  }
}

/** Tensor name → file name. */
function parseIndex(file: string, bytes: Uint8Array): Map<string, string> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    throw badSafetensors(file, 'the index is not UTF-8');
  }
  const json = new StrictJson(text);
  let shardOf: Map<string, string> | undefined;
  try {
    json.members((key) => {
      if (key !== 'weight_map') return json.skip();
      if (shardOf !== undefined) json.fail('"weight_map" comes twice');
      shardOf = readWeightMap(json);
    });
    json.end();
    shardOf ??= json.fail('"weight_map" is missing');
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    throw badSafetensors(file, `${error.message}, at character ${error.position} of the index`);
  }
  return shardOf;
}

function readWeightMap(json: StrictJson): Map<string, string> {
  const shardOf = new Map<string, string>();
  const files = new Set<string>();
  json.members((name) => {
    if (shardOf.has(name)) json.fail(`tensor ${quote(name)} comes twice`);
    const file = json.string(`the file name of tensor ${quote(name)}`);
    if (!/^\w[\w .-]*\.safetensors$/.test(file)) {
      json.fail(`tensor ${quote(name)} is mapped to ${quote(file)}, which is no plain name of a .safetensors file`);
    }
    if (files.add(file).size > SHARDS_MAX) json.fail(`there are more than ${SHARDS_MAX} files`);
    shardOf.set(name, file);
  });
  return shardOf;
}
