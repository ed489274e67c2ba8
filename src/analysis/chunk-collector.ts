import { MemgpuError } from '../errors.js';
import { alignmentFromPairs } from '../metrics/alignment.js';
import type { BatchRunner, BatchStatistics } from './batch-runner.js';
import type { ChunkLayer, ChunkRecord } from './chunk-record.js';
import type { Chunk } from './chunks.js';
import type { FedImage, PreparedBatch } from './feed.js';
import { joined } from './joined.js';
import type { AnalysisOptions } from './options.js';
import type { SetName } from './result.js';
import type { TapStatistics } from './tap-statistics.js';

/** A value that is not finite, where it was first seen. */
export interface NonFinite {
  readonly encoder: 'f' | 'g';
  readonly set: SetName;
  readonly node: string;
  /** Position of the image within its set. */
  readonly position: number;
  readonly image: FedImage;
}

export class NonFiniteFound extends Error {
  readonly found: NonFinite;
  constructor(found: NonFinite) {
    super(`${found.node} of ${found.encoder} is not finite`);
    this.found = found;
  }
}

/** Collects a chunk's batches into its record. Alignments are folded here, image by image, in f64. */
export class ChunkCollector {
  readonly #chunk: Chunk;
  readonly #runner: Pick<BatchRunner, 'nodes' | 'rows'>;
  readonly #options: Pick<AnalysisOptions, 'distance' | 'pairs'>;
  readonly #images: FedImage[] = [];
  readonly #layers: { f: Layers; g: Layers | null } = { f: [], g: null };

  constructor(
    chunk: Chunk,
    runner: Pick<BatchRunner, 'nodes' | 'rows'>,
    options: Pick<AnalysisOptions, 'distance' | 'pairs'>,
  ) {
    this.#chunk = chunk;
    this.#runner = runner;
    this.#options = options;
  }

  /** @throws NonFiniteFound */
  add(batch: PreparedBatch, { f, g }: BatchStatistics): void {
    const before = this.#images.length;
    this.#images.push(...batch.images);
    this.#check('f', f, batch.images, before);
    this.#fold(this.#layers.f, f, batch.images.length);
    if (g) {
      this.#check('g', g, batch.images, before);
      this.#layers.g ??= [];
      this.#fold(this.#layers.g, g, batch.images.length);
    }
  }

  /** Images collected so far. */
  get images(): number {
    return this.#images.length;
  }

  record(adapter: ChunkRecord['adapter']): ChunkRecord {
    const images = this.#images;
    const joined = (layers: Layers) =>
      new Map(this.#runner.nodes.map((node, i): [string, ChunkLayer] => [node, joinLayer(layers[i] ?? [])]));
    return {
      chunk: this.#chunk,
      adapter,
      index: images.map(({ index }) => index),
      names: images.map(({ name }) => name),
      pixels: images.map(({ pixels }) => pixels),
      labels: Int32Array.from(images, ({ label }) => label ?? -1),
      f: joined(this.#layers.f),
      g: this.#layers.g && joined(this.#layers.g),
    };
  }

  #check(encoder: 'f' | 'g', taps: readonly TapStatistics[], images: readonly FedImage[], before: number): void {
    taps.forEach(({ nonFinite }, tap) => {
      const at = nonFinite.findIndex((count) => count > 0);
      if (at < 0) return;
      const i = Math.floor(at / this.#runner.rows);
      throw new NonFiniteFound({
        encoder,
        set: this.#chunk.set,
        node: this.#runner.nodes[tap] as string,
        position: this.#chunk.first + before + i,
        image: images[i] as FedImage,
      });
    });
  }

  #fold(layers: Layers, taps: readonly TapStatistics[], images: number): void {
    const { rows } = this.#runner;
    const { distance, pairs } = this.#options;
    taps.forEach(({ mu, sums, norms }, tap) => {
      const count = sums.length / images;
      const alignment = Float64Array.from({ length: images }, (_, i) => {
        // With a single row there is no pair, and no alignment: UnitMem alone is measured.
        if (count === 0) return 0;
        return alignmentFromPairs(sums.subarray(i * count, (i + 1) * count), {
          distance,
          pairs,
          squaredNorms: norms.subarray(i * rows, (i + 1) * rows),
        });
      });
      layers[tap] ??= [];
      layers[tap]?.push({ alignment, mu });
    });
  }
}

type Layers = ChunkLayer[][];

function joinLayer(parts: readonly ChunkLayer[]): ChunkLayer {
  return {
    alignment: joined(
      parts.map(({ alignment }) => alignment),
      Float64Array,
    ),
    mu: joined(
      parts.map(({ mu }) => mu),
      Float32Array,
    ),
  };
}

/** @throws ABORTED where the signal was raised */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) {
    throw new MemgpuError('ABORTED', 'the analysis was interrupted', {
      hint: 'Finished chunks are kept; run the same command with --resume.',
      cause: signal.reason,
    });
  }
}
