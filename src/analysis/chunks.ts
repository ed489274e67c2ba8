import { SET_NAMES, type SetName } from './result.js';

/** Consecutive images of one set: the unit of work, memory, progress, checkpoint and resume. */
export interface Chunk {
  /** From 0 over all sets, in the order candidates, shared, independent, external. */
  readonly number: number;
  readonly set: SetName;
  /** Position of its first image within the set. */
  readonly first: number;
  readonly count: number;
}

export const CHUNK_IMAGES = 32;

/** The chunks of a run. They follow from the sizes of the sets alone, never from the batch. */
export function chunksOf(
  sizes: Readonly<Partial<Record<SetName, number>>>,
  images: number = CHUNK_IMAGES,
): readonly Chunk[] {
  const chunks: Chunk[] = [];
  for (const set of SET_NAMES) {
    const size = sizes[set] ?? 0;
    for (let first = 0; first < size; first += images) {
      chunks.push({ number: chunks.length, set, first, count: Math.min(images, size - first) });
    }
  }
  return chunks;
}

/** A part of a run's chunks: those whose number leaves `index` when divided by `count`. */
export interface Shard {
  /** From 0. */
  readonly index: number;
  readonly count: number;
}

/** The one shard that is all of a run. */
export const WHOLE: Shard = { index: 0, count: 1 };

export function chunksOfShard(chunks: readonly Chunk[], { index, count }: Shard): readonly Chunk[] {
  return chunks.filter(({ number }) => number % count === index);
}
