import type { AdapterFacts } from '../gpu/gpu.js';
import type { Chunk } from './chunks.js';

/** What a chunk measured of one encoder at one layer. */
export interface ChunkLayer {
  /** [count]. */
  readonly alignment: Float64Array;
  /** [count, units], row-major; empty for nodes without units. */
  readonly mu: Float32Array;
}

/** A finished chunk. */
export interface ChunkRecord {
  readonly chunk: Chunk;
  readonly adapter: AdapterFacts;
  /** Image indices, [count]. */
  readonly index: readonly number[];
  readonly names: readonly string[];
  /** A digest of each picture's pixels, '' where views were given: the same picture in two sets shows. */
  readonly pixels: readonly string[];
  /** Labels, −1 where an image has none. */
  readonly labels: Int32Array;
  /** By node, in order of execution. */
  readonly f: ReadonlyMap<string, ChunkLayer>;
  readonly g: ReadonlyMap<string, ChunkLayer> | null;
}

/**
 * Keeps finished chunks: in Node files under OUT/chunks, in a browser entries of the origin's file system. A record
 * that is damaged, or of another run (other settings, inputs, version), is as good as none.
 */
export interface ChunkStore {
  read(chunk: Chunk): Promise<ChunkRecord | null>;
  write(record: ChunkRecord): Promise<void>;
  /**
   * Puts the unit means of f of a chunk that was read or written, [count, units], into an array of that length. Where a
   * store can give them again, a pass does not hold them: they are most of what many images leave behind.
   */
  unitMeans?(chunk: Chunk, node: string, into: Float32Array): void;
}
